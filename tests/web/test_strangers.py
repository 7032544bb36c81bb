"""Nobody reaches what is somebody else's: every route with an id, tried by another physician, another
institution's clerk, an authority's clerk and one of the public, answers as if it did not exist."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from registry import models
from registry.roles import Role
from registry.store import Store
from registry.web.access import access_of
from tests.web.conftest import SignIn, Visitor

OWNER = "demo17"  # waits with the institution "hainan"
STRANGERS = ("demo02", "demo39")
CLERKS = ("clerk-sanya", "clerk-beijing", "officer1-hc11")


@pytest.fixture
def its_id(store: Store) -> str:
    table, accounts = models.application, models.account
    with store.reading() as unit:
        query = (
            select(table.c.id)
            .join(accounts, accounts.c.person_id == table.c.person_id)
            .where(accounts.c.username == OWNER)
        )
        return str(unit.connection.execute(query).scalars().one())


def routes_with_an_application(app: Flask, role: Role) -> list[Any]:
    """Every route of an application that this role may open at all."""
    return [
        rule
        for rule in app.url_map.iter_rules()
        if "application_id" in rule.arguments
        and (roles := access_of(app, rule.endpoint).roles) is not None
        and role in roles
    ]


def path_of(rule: Any, application_id: str) -> str:
    path = rule.rule.replace("<application_id>", application_id).replace("<int:number>", "1")
    return re.sub(r"<[^>]+>", "x", path)


@pytest.mark.parametrize("stranger", STRANGERS)
def test_another_physician(app: Flask, signed_in: SignIn, its_id: str, stranger: str) -> None:
    _finds_nothing(app, signed_in(stranger), its_id, Role.PHYSICIAN)


@pytest.mark.parametrize("stranger", CLERKS)
def test_another_office(app: Flask, signed_in: SignIn, its_id: str, stranger: str) -> None:
    role = Role.AUTHORITY_CLERK if stranger.startswith("officer") else Role.INSTITUTION_CLERK
    _finds_nothing(app, signed_in(stranger), its_id, role)


def _finds_nothing(app: Flask, visitor: Visitor, application_id: str, role: Role) -> None:
    tried = 0
    for rule in routes_with_an_application(app, role):
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            path = path_of(rule, application_id)
            form = {"seen": "0" * 64, "request": "0" * 32}
            answer = visitor.get(path) if method == "GET" else visitor.post(path, form)
            missing = path_of(rule, "0" * 32)
            like = visitor.get(missing) if method == "GET" else visitor.post(missing, form)
            assert answer.status_code == 404, (method, path, answer.status_code)
            assert like.status_code == 404
            assert words_of(answer.text) == words_of(like.text)
            tried += 1
    assert tried > 0


def words_of(page: str) -> str:
    """A page without its tokens and paths."""
    return re.sub(r'value="[^"]*"', "", page)


def test_the_owner_finds_it(signed_in: SignIn, its_id: str) -> None:
    visitor = signed_in(OWNER)
    for path in (f"/applications/{its_id}", f"/applications/{its_id}/print"):
        assert visitor.get(path).status_code == 200


def test_nobody_sees_another_ones_photo(signed_in: SignIn) -> None:
    one, other = signed_in("demo01").get("/photo"), signed_in("demo02").get("/photo")
    assert one.status_code == other.status_code == 200
    assert one.data != other.data
