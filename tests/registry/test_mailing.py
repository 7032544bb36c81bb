"""What people are told is also sent: to whom, how often, and nothing that should not be read by others."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from registry import mailing, roll
from registry.accounts import hash_password
from registry.members import Post, tell_of_new_device
from registry.messages import NOTICES, Notice
from registry.ports import CourierUnavailableError
from registry.record import PersonId
from registry.roles import Actor, Role, UserId
from registry.sessions import Browser, sign_in, signed_in
from registry.workflow import Action
from tests.registry.world import Kind, World

MOBILE = "13900008888"
PASSWORD = "Langes7Wort"


@dataclass
class Box:
    """A courier that keeps what it is given, and may be out of order."""

    broken: int = 0
    sent: list[tuple[str, str]] = field(default_factory=list)

    def send(self, *, to: str, subject: str, text: str) -> None:
        if self.broken:
            self.broken -= 1
            raise CourierUnavailableError("out of order")
        self.sent.append((to, text))


@pytest.fixture
def box() -> Box:
    return Box()


def carry(world: World, box: Box) -> int:
    return mailing.carry(world.desk, Post(sms=box, mail=box), now=world.now)


def with_account(world: World, actor: Actor, mobile: str | None = MOBILE) -> None:
    with world.store.writing() as unit:
        person = unit.dossier(PersonId(str(actor.person_id))).person
        unit.add_account(
            actor.user_id,
            role=Role.PHYSICIAN,
            person_id=person.id,
            username="linxiaolan",
            name=person.name,
            mobile=mobile,
            id_number=person.id_number,
            password_hash=hash_password(PASSWORD),
            at=world.now,
        )


def returned(world: World) -> Actor:
    actor = world.physician()
    application = world.submitted(Kind.FIRST_REGISTRATION, actor)
    with_account(world, actor)
    world.act(application, Action.RETURN, world.reviewer(application))
    return actor


def test_a_physician_hears_of_a_return_once(world: World, box: Box) -> None:
    returned(world)
    assert carry(world, box) == 1
    ((to, text),) = box.sent
    assert to == MOBILE
    assert NOTICES[Notice.RETURNED].zh in text
    assert NOTICES[Notice.RETURNED].en in text
    assert carry(world, box) == 0
    assert len(box.sent) == 1


def test_a_message_names_nobody(world: World, box: Box) -> None:
    actor = returned(world)
    carry(world, box)
    person = world.dossier(actor).person
    ((_, text),) = box.sent
    told = [word for word in (person.name, person.id_number, person.id) if word in text]
    assert told == []
    assert "医证" in text


def test_what_the_courier_refuses_is_tried_again_after_a_while(world: World, box: Box) -> None:
    returned(world)
    box.broken = 2
    assert carry(world, box) == 0
    assert carry(world, box) == 0  # not at once
    assert box.broken == 1
    world.later(minutes=1)
    assert carry(world, box) == 0
    world.later(minutes=1)
    assert (carry(world, box), box.sent) == (0, [])
    world.later(minutes=1)
    assert carry(world, box) == 1
    assert [to for to, _ in box.sent] == [MOBILE]


def test_and_not_for_ever(world: World, box: Box) -> None:
    returned(world)
    box.broken = 100
    for _ in range(20):
        carry(world, box)
        world.later(days=1)
    assert box.broken == 100 - mailing.MAX_TRIES
    with world.store.reading() as unit:
        assert len(roll.receivers(unit, "nobody")) == 0


def test_an_office_hears_through_the_clerks_who_manage_it(world: World, box: Box) -> None:
    with world.store.writing() as unit:
        for name, manages in (("chief", True), ("junior", False)):
            unit.add_account(
                UserId(name), role=Role.INSTITUTION_CLERK, org_id="haikou", username=name,
                name="演示经办人", manages=manages, mobile=f"1390000777{int(manages)}",
                password_hash="", at=world.now,
            )  # fmt: skip
    actor = world.registered()
    carry(world, box)
    box.sent.clear()
    world.approve(Kind.CHANGE, actor)
    carry(world, box)
    said = NOTICES[Notice.RECORD_LEAVES].zh
    assert [to for to, text in box.sent if said in text] == ["13900007771"]


def test_a_sign_in_at_another_device_is_told_and_the_first_is_not(world: World, box: Box) -> None:
    actor = world.physician()
    with_account(world, actor)
    for device in ("the phone", "the phone", "somebody's PC"):
        assert (carry(world, box), box.sent) == (0, [])
        browser = Browser(agent=device, address="192.0.2.7", device=device)
        token = sign_in(
            world.desk, "linxiaolan", PASSWORD,
            browser=browser, now=world.now, new_token=lambda _, d=device: f"{d} {world.new_id()}",
        )  # fmt: skip
        found = signed_in(world.desk, token, now=world.now)
        assert found is not None
        tell_of_new_device(world.desk, found, browser=browser, now=world.now)
    assert carry(world, box) == 1
    ((to, text),) = box.sent
    assert to == MOBILE
    assert NOTICES[Notice.SIGNED_IN_ELSEWHERE].zh in text
