"""Becoming a member: codes, identity, binding, activation, recovery, leaving; on both databases."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from registry import members, offices, roll, sessions
from registry.accounts import check_character
from registry.errors import Code, RegistryError
from registry.members import Post
from registry.ports import LocalIdentityProof
from registry.record import AccountStatus, Binding, PersonId
from registry.roles import Purpose, Role
from registry.sessions import Browser, SignedIn
from tests.registry.world import World

MOBILE, OTHER = "13912340001", "13912340002"
AGREED = frozenset(members.DOCUMENTS)
BROWSER = Browser(agent="test", address="192.0.2.1")


class Carried:
    """A courier that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    def send(self, *, to: str, subject: str, text: str) -> None:
        self.sent.append((to, text))

    def code(self) -> str:
        """The code in the last message."""
        said = self.sent[-1][1]
        digits = [
            part for part in said.replace("，", " ").replace(".", " ").split() if part.isdigit()
        ]
        return digits[0]


class Newcomer:
    """Somebody who signs up in a world."""

    def __init__(self, world: World, mobile: str = MOBILE) -> None:
        self.world, self.mobile, self.courier = world, mobile, Carried()
        self.token = ""
        self._drawn = 0
        self._tokens = 0

    def draw(self, below: int) -> int:
        self._drawn += 7919
        return self._drawn % below

    def new_token(self, size: int) -> str:
        self._tokens += 1
        return f"{self.mobile}-{self._tokens}-{'x' * size}"

    @property
    def post(self) -> Post:
        return Post(sms=self.courier, mail=self.courier)

    def ask(self, purpose: Purpose, to: str = "") -> None:
        members.send_code(
            self.world.desk,
            purpose,
            to or self.mobile,
            post=self.post,
            address=BROWSER.address,
            now=self.world.now,
            draw=self.draw,
        )

    def sign_up(self, agreed: frozenset[str] = AGREED) -> SignedIn:
        self.ask(Purpose.SIGN_UP)
        self.token = members.sign_up(
            self.world.desk,
            self.mobile,
            self.courier.code(),
            agreed=agreed,
            browser=BROWSER,
            now=self.world.now,
            new_token=self.new_token,
        )
        return self.who

    @property
    def who(self) -> SignedIn:
        found = sessions.signed_in(self.world.desk, self.token, now=self.world.now)
        assert found is not None
        return found

    def prove(self, name: str, id_number: str) -> SignedIn:
        moved = members.prove_identity(
            self.world.desk,
            self.who,
            name=name,
            id_number=id_number,
            face=b"",
            proof=LocalIdentityProof(),
            browser=BROWSER,
            now=self.world.now,
            new_token=self.new_token,
        )
        self.token = moved or self.token
        return self.who

    def later(self, **by: float) -> None:
        self.world.now += timedelta(**by)


@pytest.fixture
def newcomer(world: World) -> Newcomer:
    return Newcomer(world)


def refused(code: Code) -> object:
    return pytest.raises(RegistryError, match=code.value)


def physician(
    world: World, binding: Binding = Binding.NONE, *, registered: bool = False
) -> PersonId:
    """A person in the data who has no account yet."""
    if not registered:
        return PersonId(world.physician("郑新人", binding=binding).person_id or "")
    actor = world.registered("郑新人")
    person_id = PersonId(actor.person_id or "")
    with world.store.writing() as unit:
        before = unit.dossier(person_id)
        after = replace(before, person=replace(before.person, binding=binding))
        seq = unit.log("test.binding", person_id, by=actor, at=world.now)
        world.desk.follow_up(unit, before, after, audit_seq=seq, now=world.now)
    return person_id


def identity_of(world: World, person_id: PersonId) -> tuple[str, str]:
    with world.store.reading() as unit:
        person = unit.dossier(person_id).person
    return person.name, person.id_number


def binding_of(world: World, person_id: PersonId) -> Binding:
    with world.store.reading() as unit:
        return unit.dossier(person_id).person.binding


def stranger() -> str:
    stem = "46010519900101555"
    return stem + check_character(stem)


class TestCodes:
    def test_a_code_is_good_for_five_minutes(self, newcomer: Newcomer) -> None:
        newcomer.ask(Purpose.SIGN_UP)
        newcomer.later(seconds=299)
        desk, now = newcomer.world.desk, newcomer.world.now
        assert members.use_code(desk, Purpose.SIGN_UP, MOBILE, newcomer.courier.code(), now=now)

    def test_and_no_longer(self, newcomer: Newcomer) -> None:
        newcomer.ask(Purpose.SIGN_UP)
        newcomer.later(seconds=300)
        self._wrong(newcomer, newcomer.courier.code())

    def test_it_is_good_once(self, newcomer: Newcomer) -> None:
        newcomer.ask(Purpose.SIGN_UP)
        code, desk, now = newcomer.courier.code(), newcomer.world.desk, newcomer.world.now
        members.use_code(desk, Purpose.SIGN_UP, MOBILE, code, now=now)
        self._wrong(newcomer, code)

    def test_it_opens_nothing_else(self, newcomer: Newcomer) -> None:
        newcomer.ask(Purpose.SIGN_UP)
        with refused(Code.CODE_WRONG):
            members.use_code(
                newcomer.world.desk,
                Purpose.SIGN_IN,
                MOBILE,
                newcomer.courier.code(),
                now=newcomer.world.now,
            )

    def test_five_tries_and_the_right_one_is_too_late(self, newcomer: Newcomer) -> None:
        newcomer.ask(Purpose.SIGN_UP)
        for _ in range(5):
            self._wrong(newcomer, "abcdef")
        self._wrong(newcomer, newcomer.courier.code())

    def test_after_four_the_right_one_still_counts(self, newcomer: Newcomer) -> None:
        newcomer.ask(Purpose.SIGN_UP)
        for _ in range(4):
            self._wrong(newcomer, "abcdef")
        code, desk, now = newcomer.courier.code(), newcomer.world.desk, newcomer.world.now
        assert members.use_code(desk, Purpose.SIGN_UP, MOBILE, code, now=now) == MOBILE

    def test_sixty_seconds_between_two(self, newcomer: Newcomer) -> None:
        newcomer.ask(Purpose.SIGN_UP)
        newcomer.later(seconds=59)
        with refused(Code.CODE_TOO_SOON):
            newcomer.ask(Purpose.SIGN_UP)
        newcomer.later(seconds=1)
        newcomer.ask(Purpose.SIGN_UP)
        assert len(newcomer.courier.sent) == 2

    def test_ten_a_day(self, newcomer: Newcomer) -> None:
        for _ in range(10):
            newcomer.ask(Purpose.SIGN_UP)
            newcomer.later(minutes=2)
        with refused(Code.CODE_TOO_MANY):
            newcomer.ask(Purpose.SIGN_UP)
        newcomer.later(days=1)
        newcomer.ask(Purpose.SIGN_UP)

    def test_no_code_is_kept(self, newcomer: Newcomer) -> None:
        newcomer.ask(Purpose.SIGN_UP)
        with newcomer.world.store.reading() as unit:
            row = roll.latest_code(unit, Purpose.SIGN_UP, MOBILE)
        assert newcomer.courier.code() not in str(row._mapping)

    def test_an_unknown_number_is_sent_nothing_and_told_nothing(self, newcomer: Newcomer) -> None:
        newcomer.ask(Purpose.SIGN_IN)
        assert newcomer.courier.sent == []

    def test_a_known_number_is_told_to_sign_in(self, newcomer: Newcomer) -> None:
        newcomer.sign_up()
        newcomer.prove("王路人", stranger())
        newcomer.later(minutes=2)
        newcomer.ask(Purpose.SIGN_UP)
        assert "请直接登录" in newcomer.courier.sent[-1][1]

    @pytest.mark.parametrize("to", ["123", "1391234000", "not a number", "a@b", "x@y..z"])
    def test_no_number_no_address(self, newcomer: Newcomer, to: str) -> None:
        with refused(Code.FIELD_FORMAT):
            newcomer.ask(Purpose.SIGN_UP, to)

    def test_the_database_alone_does_not_tell_a_code(self, newcomer: Newcomer) -> None:
        """With the row and a million guesses, but without the service's key."""
        newcomer.ask(Purpose.SIGN_UP)
        code, desk, now = newcomer.courier.code(), newcomer.world.desk, newcomer.world.now
        with desk.store.reading() as unit:
            row = roll.latest_code(unit, Purpose.SIGN_UP, MOBILE)
        guesses = (code, f"{row.id}:{code}", f"{row.id}{code}", f"{MOBILE}:{code}")
        assert row.code_mac not in {hashlib.sha256(each.encode()).hexdigest() for each in guesses}
        with refused(Code.CODE_WRONG):
            elsewhere = replace(desk, code_key=b"the key of another service")
            members.use_code(elsewhere, Purpose.SIGN_UP, MOBILE, code, now=now)
        assert members.use_code(desk, Purpose.SIGN_UP, MOBILE, code, now=now) == MOBILE

    def test_a_desk_without_a_key_sends_no_code(self, newcomer: Newcomer) -> None:
        newcomer.world.desk = replace(newcomer.world.desk, code_key=b"")
        with pytest.raises(LookupError, match="without a key"):
            newcomer.ask(Purpose.SIGN_UP)
        assert newcomer.courier.sent == []

    def _wrong(self, newcomer: Newcomer, code: str) -> None:
        with refused(Code.CODE_WRONG):
            members.use_code(
                newcomer.world.desk, Purpose.SIGN_UP, MOBILE, code, now=newcomer.world.now
            )


class TestSigningUp:
    def test_a_number_waits_for_its_owner(self, newcomer: Newcomer) -> None:
        account = newcomer.sign_up().account
        assert (account.status, account.role) == (AccountStatus.PHONE_VERIFIED, Role.PUBLIC)
        with newcomer.world.store.reading() as unit:
            agreed = {row.document: row.version for row in roll.consents_of(unit, account.id)}
        assert agreed == members.DOCUMENTS

    def test_both_documents_are_agreed_to(self, newcomer: Newcomer) -> None:
        with refused(Code.AGREEMENT_REQUIRED):
            newcomer.sign_up(frozenset({"service_agreement"}))

    def test_somebody_without_data_is_one_of_the_public(self, newcomer: Newcomer) -> None:
        newcomer.sign_up()
        account = newcomer.prove("王路人", stranger()).account
        assert (account.status, account.role) == (AccountStatus.IDENTITY_VERIFIED, Role.PUBLIC)
        assert account.person_id is None

    @pytest.mark.parametrize(
        ("name", "id_number"),
        [("王路人", "46010519900101555X"), ("wang", stranger()), ("王路人", ""), ("", stranger())],
    )
    def test_an_identity_that_cannot_be(
        self, newcomer: Newcomer, name: str, id_number: str
    ) -> None:
        newcomer.sign_up()
        with refused(Code.IDENTITY_NOT_PROVED):
            newcomer.prove(name, id_number)
        assert newcomer.who.account.status is AccountStatus.PHONE_VERIFIED

    def test_one_account_for_one_identity(self, newcomer: Newcomer) -> None:
        newcomer.sign_up()
        newcomer.prove("王路人", stranger())
        second = Newcomer(newcomer.world, OTHER)
        second.sign_up()
        with refused(Code.ALREADY_REGISTERED):
            second.prove("王路人", stranger())
        assert second.who.account.id_number is None


class TestBinding:
    def test_a_person_in_the_data_is_found(self, newcomer: Newcomer) -> None:
        person_id = physician(newcomer.world)
        newcomer.sign_up()
        account = newcomer.prove(*identity_of(newcomer.world, person_id)).account
        assert (account.person_id, account.role) == (person_id, Role.PHYSICIAN)
        assert binding_of(newcomer.world, person_id) is Binding.NEEDS_CREDENTIALS

    def test_another_name_finds_nobody(self, newcomer: Newcomer) -> None:
        person_id = physician(newcomer.world)
        _, id_number = identity_of(newcomer.world, person_id)
        newcomer.sign_up()
        assert newcomer.prove("王路人", id_number).account.person_id is None
        assert binding_of(newcomer.world, person_id) is Binding.NONE

    def test_who_is_active_already_is_bound_at_once(self, newcomer: Newcomer) -> None:
        person_id = physician(newcomer.world, Binding.ACTIVE, registered=True)
        newcomer.sign_up()
        newcomer.prove(*identity_of(newcomer.world, person_id))
        assert binding_of(newcomer.world, person_id) is Binding.ACTIVE

    def test_data_that_arrives_later_is_found_then(self, newcomer: Newcomer) -> None:
        newcomer.sign_up()
        probe = newcomer.world
        person_id = physician(probe, Binding.NONE)
        name, id_number = identity_of(probe, person_id)
        with probe.store.writing() as unit:  # signed up before the data came
            roll.set_account(
                unit,
                newcomer.who.account.id,
                name=name,
                id_number=id_number,
                status=AccountStatus.IDENTITY_VERIFIED,
            )
        assert members.look_again(probe.desk, newcomer.who, now=probe.now)
        assert newcomer.who.account.person_id == person_id

    def test_user_name_and_password_are_set_once(self, newcomer: Newcomer) -> None:
        person_id = self._found(newcomer)
        desk, now = newcomer.world.desk, newcomer.world.now
        chosen = {"username": "Xinren01", "password": "Langes7Wort"}
        members.set_credentials(desk, newcomer.who, **chosen, now=now)
        assert binding_of(newcomer.world, person_id) is Binding.PENDING_ACTIVATION
        assert newcomer.who.account.username == "xinren01"
        with refused(Code.STEP_INVALID):
            members.set_credentials(desk, newcomer.who, **chosen, now=now)

    @pytest.mark.parametrize(
        ("username", "password", "code"),
        [
            ("1xinren", "Langes7Wort", Code.USERNAME_INVALID),
            ("abcde", "Langes7Wort", Code.USERNAME_INVALID),
            ("abcdefghijklm", "Langes7Wort", Code.USERNAME_INVALID),
            ("xinren01", "kurz1", Code.PASSWORD_WEAK),
            ("xinren01", "nurbuchstaben", Code.PASSWORD_WEAK),
            ("xinren01", "a" * 16 + "1", Code.PASSWORD_WEAK),
            ("xinren01", "password123", Code.PASSWORD_COMMON),
        ],
    )
    def test_what_may_not_be_chosen(
        self, newcomer: Newcomer, username: str, password: str, code: Code
    ) -> None:
        self._found(newcomer)
        desk, now = newcomer.world.desk, newcomer.world.now
        with refused(code):
            members.set_credentials(
                desk, newcomer.who, username=username, password=password, now=now
            )

    def _found(self, newcomer: Newcomer) -> PersonId:
        person_id = physician(newcomer.world)
        newcomer.sign_up()
        newcomer.prove(*identity_of(newcomer.world, person_id))
        return person_id


class TestActivation:
    def test_by_the_number_of_ones_qualification(self, newcomer: Newcomer) -> None:
        person_id = self._waiting(newcomer)
        world = newcomer.world
        with world.store.reading() as unit:
            number = unit.dossier(person_id).qualifications[0].number
        with refused(Code.NOT_ACTIVATED):
            members.activate_by_qualification(world.desk, newcomer.who, number[:-1], now=world.now)
        members.activate_by_qualification(world.desk, newcomer.who, number, now=world.now)
        assert binding_of(world, person_id) is Binding.ACTIVE

    def test_not_so_where_a_registration_is_in_force(self, newcomer: Newcomer) -> None:
        person_id = self._waiting(newcomer, registered=True)
        world = newcomer.world
        with world.store.reading() as unit:
            number = unit.dossier(person_id).qualifications[0].number
        with refused(Code.NOT_ACTIVATED):
            members.activate_by_qualification(world.desk, newcomer.who, number, now=world.now)

    def test_by_the_institutions_code(self, newcomer: Newcomer) -> None:
        person_id = self._waiting(newcomer, registered=True)
        code = self._sent(newcomer, person_id)
        world = newcomer.world
        with refused(Code.NOT_ACTIVATED):
            members.activate_by_code(world.desk, newcomer.who, "ABCDEFGH", now=world.now)
        members.activate_by_code(world.desk, newcomer.who, code.lower(), now=world.now)
        assert binding_of(world, person_id) is Binding.ACTIVE

    def test_within_seven_days(self, newcomer: Newcomer) -> None:
        person_id = self._waiting(newcomer, registered=True)
        code = self._sent(newcomer, person_id)
        token_ends = newcomer.world.now
        newcomer.world.now = token_ends + timedelta(days=7)
        who = SignedIn(
            replace(newcomer_session(newcomer), ends_at=newcomer.world.now), self._account(newcomer)
        )
        with refused(Code.NOT_ACTIVATED):
            members.activate_by_code(newcomer.world.desk, who, code, now=newcomer.world.now)

    def test_another_institution_sends_none(self, newcomer: Newcomer) -> None:
        person_id = self._waiting(newcomer, registered=True)
        world = newcomer.world
        with refused(Code.NOT_FOUND):
            members.send_activation_code(
                world.desk,
                person_id,
                by=world.clerk("sanya"),
                post=newcomer.post,
                now=world.now,
                draw=newcomer.draw,
            )

    def test_by_the_clerk(self, newcomer: Newcomer) -> None:
        person_id = self._waiting(newcomer, registered=True)
        offices.activate_account(
            newcomer.world.desk, person_id, by=newcomer.world.clerk(), now=newcomer.world.now
        )
        assert binding_of(newcomer.world, person_id) is Binding.ACTIVE

    def _waiting(self, newcomer: Newcomer, *, registered: bool = False) -> PersonId:
        person_id = physician(newcomer.world, Binding.NONE, registered=registered)
        newcomer.sign_up()
        newcomer.prove(*identity_of(newcomer.world, person_id))
        members.set_credentials(
            newcomer.world.desk,
            newcomer.who,
            username="xinren01",
            password="Langes7Wort",
            now=newcomer.world.now,
        )
        return person_id

    def _sent(self, newcomer: Newcomer, person_id: PersonId) -> str:
        members.send_activation_code(
            newcomer.world.desk,
            person_id,
            by=newcomer.world.clerk(),
            post=newcomer.post,
            now=newcomer.world.now,
            draw=newcomer.draw,
        )
        return newcomer.courier.sent[-1][1].split("激活码 ")[1][:8]

    def _account(self, newcomer: Newcomer) -> roll.Account:
        with newcomer.world.store.reading() as unit:
            found = roll.account_with(unit, "mobile", newcomer.mobile)
        assert found is not None
        return found


def newcomer_session(newcomer: Newcomer) -> roll.Session:
    with newcomer.world.store.reading() as unit:
        found = roll.session(unit, sessions.digest(newcomer.token))
    assert found is not None
    return found[0]


class TestLaterOn:
    PASSWORD = "Langes7Wort"

    def test_a_code_opens_while_the_password_is_locked(self, newcomer: Newcomer) -> None:
        self._member(newcomer)
        desk = newcomer.world.desk
        for _ in range(5):
            with refused(Code.SIGN_IN_REFUSED):
                self._by_password(newcomer, "wrong")
        with refused(Code.SIGN_IN_REFUSED):
            self._by_password(newcomer, self.PASSWORD)
        newcomer.later(minutes=2)
        newcomer.ask(Purpose.SIGN_IN)
        newcomer.token = members.sign_in_by_code(
            desk,
            MOBILE,
            newcomer.courier.code(),
            browser=BROWSER,
            now=newcomer.world.now,
            new_token=newcomer.new_token,
        )
        assert newcomer.who.account.mobile == MOBILE
        self._by_password(newcomer, self.PASSWORD)

    def test_recovery_ends_every_session(self, newcomer: Newcomer) -> None:
        self._member(newcomer)
        newcomer.later(minutes=2)
        newcomer.ask(Purpose.RECOVER)
        desk, now = newcomer.world.desk, newcomer.world.now
        members.recover(desk, MOBILE, newcomer.courier.code(), "Anderes8Wort", now=now)
        assert sessions.signed_in(desk, newcomer.token, now=now) is None
        with refused(Code.SIGN_IN_REFUSED):
            self._by_password(newcomer, self.PASSWORD)
        assert self._by_password(newcomer, "Anderes8Wort")

    def test_a_new_password_needs_the_old_one(self, newcomer: Newcomer) -> None:
        self._member(newcomer)
        desk, now = newcomer.world.desk, newcomer.world.now
        with refused(Code.PASSWORD_WRONG):
            members.change_password(
                desk, newcomer.who, present="wrong", password="Anderes8Wort", now=now
            )
        other = self._by_password(newcomer, self.PASSWORD)
        members.change_password(
            desk, newcomer.who, present=self.PASSWORD, password="Anderes8Wort", now=now
        )
        assert sessions.signed_in(desk, other, now=now) is None
        assert sessions.signed_in(desk, newcomer.token, now=now) is not None

    def test_a_new_number_is_proved_where_it_is(self, newcomer: Newcomer) -> None:
        self._member(newcomer)
        newcomer.ask(Purpose.CHANGE_MOBILE, OTHER)
        desk, now = newcomer.world.desk, newcomer.world.now
        code = newcomer.courier.code()
        with refused(Code.PASSWORD_WRONG):
            members.change_contact(
                desk, newcomer.who, Purpose.CHANGE_MOBILE, OTHER, code, present="x", now=now
            )
        members.change_contact(
            desk, newcomer.who, Purpose.CHANGE_MOBILE, OTHER, code, present=self.PASSWORD, now=now
        )
        assert newcomer.who.account.mobile == OTHER

    def test_a_security_mail(self, newcomer: Newcomer) -> None:
        self._member(newcomer)
        newcomer.ask(Purpose.CHANGE_EMAIL, "Xinren@Example.org")
        members.change_contact(
            newcomer.world.desk,
            newcomer.who,
            Purpose.CHANGE_EMAIL,
            "xinren@example.org",
            newcomer.courier.code(),
            present=self.PASSWORD,
            now=newcomer.world.now,
        )
        assert newcomer.who.account.email == "xinren@example.org"

    def test_closing_blanks_the_person_and_keeps_the_record(self, newcomer: Newcomer) -> None:
        person_id = self._member(newcomer)
        desk, now, account = newcomer.world.desk, newcomer.world.now, newcomer.who.account
        with refused(Code.PASSWORD_WRONG):
            members.close_account(desk, newcomer.who, present="wrong", now=now)
        members.close_account(desk, newcomer.who, present=self.PASSWORD, now=now)
        assert sessions.signed_in(desk, newcomer.token, now=now) is None
        with newcomer.world.store.reading() as unit:
            closed = roll.account(unit, account.id)
            assert unit.dossier(person_id).qualifications
        assert (closed.mobile, closed.name, closed.id_number, closed.username) == (
            None,
            "",
            None,
            None,
        )
        assert binding_of(newcomer.world, person_id) is Binding.CLOSED

    def test_whoever_closed_an_account_may_come_back(self, newcomer: Newcomer) -> None:
        person_id = self._member(newcomer)
        members.close_account(
            newcomer.world.desk, newcomer.who, present=self.PASSWORD, now=newcomer.world.now
        )
        newcomer.later(minutes=2)
        newcomer.sign_up()
        newcomer.prove(*identity_of(newcomer.world, person_id))
        assert binding_of(newcomer.world, person_id) is Binding.NEEDS_CREDENTIALS

    def _member(self, newcomer: Newcomer) -> PersonId:
        person_id = physician(newcomer.world)
        newcomer.sign_up()
        newcomer.prove(*identity_of(newcomer.world, person_id))
        members.set_credentials(
            newcomer.world.desk,
            newcomer.who,
            username="xinren01",
            password=self.PASSWORD,
            now=newcomer.world.now,
        )
        return person_id

    def _by_password(self, newcomer: Newcomer, password: str) -> str:
        return sessions.sign_in(
            newcomer.world.desk,
            "xinren01",
            password,
            browser=BROWSER,
            now=newcomer.world.now,
            new_token=newcomer.new_token,
        )
