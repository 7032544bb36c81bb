"""What tests of the desks have in common: further clerks, waiting applications, what a page says."""

from __future__ import annotations

import itertools
import re
from datetime import timedelta
from typing import Any

import app as application
from registry import models, queues
from registry.accounts import hash_password
from registry.kinds import ApplicationKind
from registry.record import PersonId
from registry.roles import Actor, Role
from registry.seed import PASSWORD, Demo
from registry.store import Store
from registry.workflow import Application, ApplicationId, Status

_HASH: list[str] = []


def more_clerks(store: Store, role: Role, org_id: str, *names: str) -> None:
    """Further accounts of an office, with the demonstration's password."""
    if not _HASH:
        _HASH.append(hash_password(PASSWORD))
    with store.writing() as unit:
        for name in names:
            unit.add_account(
                f"user-{name}",
                role=role,
                org_id=org_id,
                username=name,
                name=f"经办{name}",
                password_hash=_HASH[0],
                at=application.clock(),
            )


def demo_over(store: Store, now: Any, *, first: int = 200) -> Demo:
    """The demonstration's stories, told on over a copy of its country."""
    counter = itertools.count(1)
    desk = application.new_desk(
        store,
        new_id=lambda: f"more{first}{next(counter):08}",
        new_cti=lambda: (first * 10**9 + next(counter)).to_bytes(8, "big"),
    )
    demo = Demo(desk=desk, now=now - timedelta(days=1), portrait=application.demo_portrait)
    demo._numbers = itertools.count(first)
    return demo


def waiting(
    store: Store, now: Any, how_many: int, until: Status = Status.INSTITUTION_REVIEW
) -> list[ApplicationId]:
    """First registrations at 海南省健康医院（样例） that wait somewhere, oldest first."""
    demo = demo_over(store, now)
    made = []
    for number in range(how_many):
        actor = demo.person(f"排队{'一二三四五六七八九十'[number]}")
        made.append(
            demo.submit(
                ApplicationKind.FIRST_REGISTRATION, actor, institution_id="hainan", place="46"
            )
        )
        demo.advance(made[-1], until)
    return made


def stored(store: Store, application_id: str) -> Application:
    with store.reading() as unit:
        return unit.application(ApplicationId(application_id)).application


def first_waiting(store: Store, column: str, org_id: str, status: Status) -> ApplicationId:
    """The application at the head of a queue."""
    with store.reading() as unit:
        return queues.review_queue(unit, column, org_id, status)[0].application.id


def physician(person_id: str) -> Actor:
    return Actor(user_id=f"user-{person_id}", role=Role.PHYSICIAN, person_id=PersonId(person_id))  # type: ignore[arg-type]


def count(store: Store, table: str) -> int:
    from sqlalchemy import func, select

    with store.reading() as unit:
        query = select(func.count()).select_from(models.metadata.tables[table])
        return unit.connection.execute(query).scalar_one()


def fields(page: str) -> dict[str, str]:
    """The hidden fields of a page's last form that decides."""
    form = (
        page.rsplit("<form method=", 1)[-1]
        if "data-decide" not in page
        else page.split("data-decide", 1)[1]
    )
    found = re.findall(r'<input type="hidden" name="([\w.-]+)" value="([^"]*)"', form)
    import html

    return {name: html.unescape(value) for name, value in found}
