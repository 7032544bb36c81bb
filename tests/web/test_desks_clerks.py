"""The second factor of clerks, and who looks after a clerk's account."""

from __future__ import annotations

import base64
import re

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from flask import Flask
from sqlalchemy import select

import app as application
from registry import models
from registry.roles import Role
from registry.store import Store
from registry.web.settings import Settings
from tests.web.conftest import Clock, SignIn, Visitor
from tests.web.desks import more_clerks


def code_at(secret: str, clock: Clock) -> str:
    totp = TOTP(base64.b32decode(secret), 6, SHA1(), 30)  # noqa: S303
    return totp.generate(int(clock.now.timestamp())).decode()


def set_up(visitor: Visitor, clock: Clock) -> str:
    """Sets the second factor up; its secret."""
    page = visitor.post("/desk/second-factor/begin").text
    assert "<svg" in page
    secret = re.sub(r"<[^>]+>", "", page.split('class="grouped">', 1)[1].split("</p>", 1)[0])
    secret = re.sub(r"\s", "", secret)
    answer = visitor.post("/desk/second-factor", {"code": code_at(secret, clock)})
    assert answer.status_code == 303, answer.text
    return secret


def test_a_clerk_with_a_second_factor_is_asked_for_it(
    signed_in: SignIn, clock: Clock, store: Store
) -> None:
    clerk = signed_in("clerk-hainan")
    assert clerk.get("/desk/queue").status_code == 200
    secret = set_up(clerk, clock)
    assert clerk.get("/desk/queue").status_code == 200
    assert secret not in clerk.get("/desk/second-factor").text
    assert clerk.post("/desk/second-factor/begin").status_code == 409
    again = signed_in("clerk-hainan")
    answer = again.get("/desk/queue")
    assert answer.status_code == 303
    assert "/desk/second-factor" in answer.location
    for path in ("/institution/physicians", "/desk/clerks", "/applications/x/files/y"):
        assert "/desk/second-factor" in again.get(path).location
    assert again.post("/institution/accounts/automatic", {"on": "yes"}).status_code == 401
    wrong = again.post("/desk/second-factor", {"code": "000000"})
    assert wrong.status_code == 401
    used = again.post("/desk/second-factor", {"code": code_at(secret, clock)})
    assert used.status_code == 401, "a code counts once"
    clock.later(seconds=30)
    right = {"code": code_at(secret, clock), "next": "/institution/physicians"}
    assert again.post("/desk/second-factor", right).location == "/institution/physicians"
    assert again.get("/desk/queue").status_code == 200


def test_five_wrong_codes_lock(signed_in: SignIn, clock: Clock) -> None:
    secret = set_up(signed_in("clerk-hainan"), clock)
    again = signed_in("clerk-hainan")
    clock.later(seconds=60)
    for _ in range(5):
        assert again.post("/desk/second-factor", {"code": "000000"}).status_code == 401
    right = {"code": code_at(secret, clock)}
    assert again.post("/desk/second-factor", right).status_code == 401
    clock.later(minutes=16)
    right = {"code": code_at(secret, clock)}
    assert again.post("/desk/second-factor", right).status_code == 303


def test_where_it_is_required_nothing_opens_without(
    store: Store, settings: Settings, clock: Clock
) -> None:
    strict = settings.model_copy(update={"second_factor": "required"})
    app = application.create_app(strict, store=store, clock=clock, testing=True)
    clerk = Visitor(app).sign_in("clerk-hainan")
    assert "/desk/second-factor" in clerk.get("/desk/queue").location
    set_up(clerk, clock)
    assert clerk.get("/desk/queue").status_code == 200
    assert Visitor(app).sign_in("demo01").get("/me").status_code == 200


def test_production_requires_it() -> None:
    faults = Settings(environment="production").faults()
    assert any(each.startswith("second_factor") for each in faults)
    assert not any(
        each.startswith("second_factor")
        for each in Settings(environment="production", second_factor="required").faults()
    )


def test_a_lost_one_is_reset_by_who_manages_the_office(
    signed_in: SignIn, store: Store, clock: Clock
) -> None:
    more_clerks(store, Role.INSTITUTION_CLERK, "hainan", "second")
    second, manager = signed_in("second"), signed_in("clerk-hainan")
    set_up(second, clock)
    path, what = "/desk/clerks/user-second", {"what": "reset"}
    assert signed_in("clerk-sanya").post(path, what).status_code == 404
    assert second.get("/desk/clerks").status_code == 403
    assert second.post("/desk/clerks/clerk-hainan", what).status_code == 403
    assert manager.post("/desk/clerks/clerk-hainan", what).status_code == 403
    assert "经办second" in manager.get("/desk/clerks").text
    assert manager.post(path, what).status_code == 303
    assert "/sign-in" in second.get("/desk/queue").location
    assert signed_in("second").get("/desk/queue").status_code == 200


def test_an_account_that_is_shut_is_out_at_once(
    signed_in: SignIn, store: Store, app: Flask
) -> None:
    more_clerks(store, Role.INSTITUTION_CLERK, "hainan", "second")
    second, manager = signed_in("second"), signed_in("clerk-hainan")
    assert second.get("/desk/queue").status_code == 200
    assert manager.post("/desk/clerks/user-second", {"what": "shut"}).status_code == 303
    assert "/sign-in" in second.get("/desk/queue").location
    assert manager.post("/desk/clerks/user-second", {"what": "open"}).status_code == 303
    assert signed_in("second").get("/desk/queue").status_code == 200


def test_a_transfer_of_office_counts_with_the_next_request(signed_in: SignIn, store: Store) -> None:
    clerk, table = signed_in("clerk-hainan"), models.account
    assert "林晓岚" in clerk.get("/institution/physicians").text
    with store.writing() as unit:
        here = table.update().where(table.c.id == "clerk-hainan")
        unit.connection.execute(here.values(org_id="sanya"))
    assert "林晓岚" not in clerk.get("/institution/physicians").text
    with store.reading() as unit:
        query = select(table.c.org_id).where(table.c.id == "clerk-hainan")
        assert unit.connection.execute(query).scalar_one() == "sanya"
