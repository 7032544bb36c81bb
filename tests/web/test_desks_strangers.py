"""Every route of the desks with an id in it, with ids of another office: as if there were nothing.

The routes come from the application's own table, so a new one is tried the day it is added; one whose ids the
table below does not know fails the test.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from registry import models
from registry.roles import Role
from registry.store import Store
from registry.web.access import access_of
from registry.workflow import Status
from tests.web.conftest import Clock, SignIn, Visitor
from tests.web.desks import first_waiting

# Of these the own office finds nothing either: there is no draft, the photo is another one, nothing is signed.
NOT_THERE = {"starts.form", "review.photo"}
# What is no id of somebody's: an unknown value is not found either, but proves nothing.
OPEN = {"lists.one_list"}
OTHERS = {
    Role.INSTITUTION_CLERK: ("clerk-hainan", ("clerk-sanya", "clerk-beijing")),
    Role.AUTHORITY_CLERK: ("officer1-hc46", ("officer1-hc11", "officer1-hc51")),
}


@pytest.fixture
def ids(store: Store) -> dict[str, str]:
    """One of everything that belongs to 海南省健康医院（样例） and its authority."""
    records, people = models.practice_record, models.person
    with store.reading() as unit:
        query = (
            select(records.c.id, records.c.person_id)
            .join(people, people.c.id == records.c.person_id)
            .where(people.c.name == "林晓岚")
        )
        record = unit.connection.execute(query).one()
        photo = models.photo
        query = select(photo.c.sha256).where(photo.c.person_id == record.person_id)
        sha256 = unit.connection.execute(query).scalar_one()
    return {
        "application_id": first_waiting(store, "authority_id", "HC46", Status.ACCEPTED),
        "record_id": record.id,
        "person_id": record.person_id,
        "department_id": "hainan-0",
        "sha256": sha256,
        "kind": "DEREGISTRATION",
        "phrase_id": "nobodys",
        "order_id": "nobodys",
        "proposal_id": "nobodys",
        "user_id": "clerk-hainan",
        "bar_id": "nobodys",
        "claim_id": "nobodys",
        "authority_id": "HC46",
        "subject": "林晓岚",
        "kind_of_list": "registered",
        "number": "1",
        "institution_id": "hainan",
        **dict.fromkeys(("article_id", "ticket_id", "feedback_id", "picture_id"), "nobodys"),
    }


def routes(app: Flask, role: Role) -> Iterator[Any]:
    for rule in app.url_map.iter_rules():
        roles = access_of(app, rule.endpoint).roles
        inside = rule.rule.startswith(("/desk", "/institution", "/authority"))
        if roles and role in roles and rule.arguments and inside and rule.endpoint not in OPEN:
            yield rule


def path_of(rule: Any, ids: dict[str, str]) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: ids[found[1]], rule.rule)


@pytest.mark.parametrize("role", list(OTHERS))
def test_another_office_finds_nothing(
    app: Flask, signed_in: SignIn, ids: dict[str, str], role: Role
) -> None:
    tried = 0
    for name in OTHERS[role][1]:
        visitor = signed_in(name)
        for rule in routes(app, role):
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                answer = opened(visitor, method, path_of(rule, ids))
                assert answer.status_code == 404, (name, method, rule.rule, answer.status_code)
                tried += 1
    assert tried >= 10


@pytest.mark.parametrize("role", list(OTHERS))
def test_the_own_office_finds_it(
    app: Flask, signed_in: SignIn, ids: dict[str, str], role: Role, store: Store
) -> None:
    visitor, found = signed_in(OTHERS[role][0]), 0
    if role is Role.INSTITUTION_CLERK:
        ids["application_id"] = first_waiting(
            store, "institution_id", "hainan", Status.INSTITUTION_REVIEW
        )
    for rule in routes(app, role):
        own = set(rule.arguments) & {"application_id", "record_id", "person_id"}
        if (
            "GET" in rule.methods
            and own
            and rule.endpoint not in NOT_THERE
            and "licences" not in rule.rule
        ):
            answer = visitor.get(path_of(rule, ids))
            assert answer.status_code == 200, (rule.rule, answer.status_code)
            found += 1
    assert found >= 1


@pytest.mark.parametrize("who", ["demo01", "clerk-hainan", "officer1-hc46"])
def test_a_role_without_the_duty_is_refused(
    app: Flask, signed_in: SignIn, ids: dict[str, str], who: str
) -> None:
    visitor, refused, open_to = signed_in(who), 0, 0
    role = role_of(who)
    for rule in app.url_map.iter_rules():
        roles = access_of(app, rule.endpoint).roles
        if not rule.rule.startswith(("/institution", "/authority", "/admin")) or not roles:
            continue
        method = "GET" if "GET" in rule.methods else "POST"
        status = opened(visitor, method, path_of(rule, ids | {"name": "filed-here"})).status_code
        if role in roles:
            open_to += 1
            assert status != 403 or method == "POST", rule.rule
        else:
            refused += 1
            assert status == 403, (rule.rule, status)
    assert refused >= 5
    assert (open_to > 0) == (role is not Role.PHYSICIAN)


def role_of(who: str) -> Role:
    if who.startswith("clerk"):
        return Role.INSTITUTION_CLERK
    return Role.AUTHORITY_CLERK if who.startswith("officer") else Role.PHYSICIAN


@pytest.mark.parametrize("who", ["clerk-hainan", "officer1-hc46"])
def test_nothing_changes_without_the_token(
    app: Flask, signed_in: SignIn, ids: dict[str, str], who: str, clock: Clock
) -> None:
    visitor, tried = signed_in(who), 0
    for rule in app.url_map.iter_rules():
        roles = access_of(app, rule.endpoint).roles
        if roles and role_of(who) in roles and "POST" in rule.methods:
            path = path_of(rule, {**ids, "file_id": "x", "name": "x"})
            answer = visitor.client.post(path, data={"request": "0" * 32})
            assert answer.status_code == 403, rule.rule
            assert "CSRF_FAILED" in answer.text
            tried += 1
    assert tried >= 5


def opened(visitor: Visitor, method: str, path: str) -> Any:
    if method == "GET":
        return visitor.get(path)
    return visitor.post(
        path, {"seen": "0" * 64, "request": "0" * 32, "ground": "x", "document": "x"}
    )
