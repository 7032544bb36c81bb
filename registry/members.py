"""Becoming a member: sign up, prove who one is, be bound to one's registration, activate, recover, leave.

The way of the manual (section 1.1) and of the article (section 1):

* 注册: a mobile number proved by a code, both documents agreed to, then name, identity number and face.
* 绑定: name and identity number together find the person in the qualification and practice data. Who
  has a registration account is bound to it at once (rule 1); who has data but no account sets user name
  and password first (rule 2); who has neither is one of the public (rule 3), and is looked for again at
  every sign-in, because qualification data arrives later. Nothing of anybody else's data is ever said.
* 激活: by the main institution's code, its switch or its clerk; by the number of one's qualification where no
  registration is in force; or by the first approval.

A code of six digits is good for five minutes, five tries and one use, and for the one thing it was sent for.
Who asks about a number that is not known gets the same answer as for one that is.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from credential.text import Text
from registry import forms, roll, sessions
from registry.accounts import checked_username, hash_password, password_fits
from registry.desk import Desk
from registry.errors import Code, refuse
from registry.forms import UnreadableError
from registry.messages import Notice
from registry.periods import china_day
from registry.ports import Courier, CourierUnavailableError, IdentityProof
from registry.record import AccountStatus, Binding, Dossier, PersonId, Standing
from registry.roles import SYSTEM, Actor, Purpose, Role, UserId
from registry.roll import Account
from registry.sessions import Browser, NewToken, SignedIn
from registry.store import Unit
from registry.workflow import Status

CODE_FOR: Final = timedelta(minutes=5)
RECOVERY_FOR: Final = timedelta(minutes=10)
CODE_EVERY: Final = timedelta(seconds=60)
MAX_TRIES: Final = 5
CODES_A_DAY: Final = 10
CODES_A_DAY_FROM_AN_ADDRESS: Final = 50
ACTIVATION_FOR: Final = timedelta(days=7)
ACTIVATION_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without the letters and digits that look alike."""
DOCUMENTS: Final = {"service_agreement": "2026-11", "privacy_policy": "2026-11"}
"""What is agreed to at sign-up, in the versions now in force."""

_EMAIL: Final = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII)
_ANYONE: Final = Actor(user_id=UserId("anyone"), role=Role.PUBLIC)
_SEES_DATA: Final = frozenset({Binding.PENDING_ACTIVATION, Binding.ACTIVE, Binding.REVOKED})

Draw = Callable[[int], int]
"""``secrets.randbelow``."""


# --- codes ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What carries codes: short messages to mobile numbers, mail to addresses."""

    sms: Courier
    mail: Courier

    def send(self, to: str, subject: Text, text: Text) -> None:
        courier = self.mail if "@" in to else self.sms
        courier.send(to=to, subject=subject.zh, text=f"{text.zh}\n{text.en}")


def send_code(
    desk: Desk, purpose: Purpose, to: str, *, post: Post, address: str, now: datetime, draw: Draw
) -> None:
    """Sends a code, where one is due, and says nothing about whether it was.

    Raises ``FIELD_FORMAT``, ``CODE_TOO_SOON``, ``CODE_TOO_MANY``.
    """
    to = contact(to)
    code = f"{draw(1_000_000):06}"
    with desk.store.writing() as unit:
        _keep_limits(unit, to, address, now)
        known = roll.account_with(unit, "email" if "@" in to else "mobile", to)
        code_id = desk.new_id()
        roll.add_code(
            unit,
            id=code_id,
            purpose=purpose,
            sent_to=to,
            address=address,
            code_mac=_mac(desk, code_id, code),
            sent_at=now,
        )
    text = _what_is_sent(purpose, known, code)
    if text is not None:
        post.send(to, Text("验证码", "Code"), text)


def _keep_limits(unit: Unit, to: str, address: str, now: datetime) -> None:
    if roll.codes_since(unit, now - CODE_EVERY, sent_to=to):
        raise refuse(Code.CODE_TOO_SOON)
    day = now - timedelta(days=1)
    if roll.codes_since(unit, day, sent_to=to) >= CODES_A_DAY:
        raise refuse(Code.CODE_TOO_MANY)
    if address and roll.codes_since(unit, day, address=address) >= CODES_A_DAY_FROM_AN_ADDRESS:
        raise refuse(Code.CODE_TOO_MANY)


def _what_is_sent(purpose: Purpose, known: Account | None, code: str) -> Text | None:
    """The message; none where the code would open nothing. Only the owner of the number learns which."""
    told = Text(
        f"【医证】验证码 {code}，五分钟内有效，请勿告诉他人。",
        f"Your Yizheng code is {code}. It is good for five minutes; tell nobody.",
    )
    taken = known is not None and known.status is AccountStatus.IDENTITY_VERIFIED
    if purpose is Purpose.SIGN_UP and taken:
        return Text(
            "【医证】该手机号已注册，请直接登录。",
            "This number already has an account: please sign in.",
        )
    if purpose in (Purpose.SIGN_IN, Purpose.RECOVER) and not taken:
        return None
    return None if purpose in (Purpose.CHANGE_MOBILE, Purpose.CHANGE_EMAIL) and known else told


def use_code(desk: Desk, purpose: Purpose, to: str, typed: str, *, now: datetime) -> str:
    """Uses a code up; the number or address it proves. ``CODE_WRONG`` whatever is wrong about it."""
    to = contact(to)
    good_for = RECOVERY_FOR if purpose is Purpose.RECOVER else CODE_FOR
    with desk.store.writing() as unit:
        row = roll.latest_code(unit, purpose, to)
        fits = _used_up(desk, unit, roll.Codes.ONE_TIME, row, typed, good_for=good_for, now=now)
    if not fits:  # outside, so that the try is counted
        raise refuse(Code.CODE_WRONG, "code")
    return to


def contact(typed: str) -> str:
    """A mobile number or an e-mail address, as it is kept; ``FIELD_FORMAT``."""
    said = typed.strip()
    if "@" in said:
        if len(said) > 254 or not _EMAIL.fullmatch(said):
            raise refuse(Code.FIELD_FORMAT, "email")
        return said.lower()
    try:
        return str(forms.mobile(said))
    except UnreadableError as error:
        raise refuse(error.code, "mobile") from error


# --- sign up -------------------------------------------------------------------------------------


def sign_up(
    desk: Desk,
    mobile: str,
    code: str,
    *,
    agreed: frozenset[str],
    browser: Browser,
    now: datetime,
    new_token: NewToken,
) -> str:
    """The token of a session whose account has proved its mobile number; identity comes next."""
    if not agreed >= frozenset(DOCUMENTS):
        raise refuse(Code.AGREEMENT_REQUIRED, "agreed")
    proved = use_code(desk, Purpose.SIGN_UP, mobile, code, now=now)
    with desk.store.writing() as unit:
        known = roll.account_with(unit, "mobile", proved)
        if known is not None and known.status is not AccountStatus.PHONE_VERIFIED:
            raise refuse(Code.CODE_WRONG, "code")  # the message that was sent held no code
        account = known or _new_account(desk, unit, proved, now)
        _agree(desk, unit, account, DOCUMENTS, now)
        unit.log("account.sign_up", account.id, by=account.actor, at=now)
        return sessions.open_session(unit, account, browser=browser, now=now, new_token=new_token)


def to_agree(unit: Unit, account_id: UserId) -> dict[str, str]:
    """The documents whose version now in force this account has not agreed to."""
    agreed = {(row.document, row.version) for row in roll.consents_of(unit, account_id)}
    return {name: version for name, version in DOCUMENTS.items() if (name, version) not in agreed}


def agree(desk: Desk, who: SignedIn, seen: Mapping[str, str], *, now: datetime) -> None:
    """Agrees to the versions that were on the screen; ``AGREEMENT_REQUIRED`` where one is not the newest."""
    with desk.store.writing() as unit:
        wanted = to_agree(unit, who.account.id)
        if any(seen.get(name) != version for name, version in wanted.items()):
            raise refuse(Code.AGREEMENT_REQUIRED, "agreed")
        _agree(desk, unit, who.account, wanted, now)
        unit.log("account.agreed", who.account.id, by=who.actor, at=now, details=wanted)


def _agree(
    desk: Desk, unit: Unit, account: Account, versions: Mapping[str, str], now: datetime
) -> None:
    for document, version in versions.items():
        roll.add_consent(
            unit,
            id=desk.new_id(),
            account_id=account.id,
            document=document,
            version=version,
            at=now,
        )


def _new_account(desk: Desk, unit: Unit, mobile: str, now: datetime) -> Account:
    account = Account(
        id=UserId(desk.new_id()),
        person_id=None,
        role=Role.PUBLIC,
        org_id="",
        username=None,
        name="",
        password_hash="",
        active=True,
        created_at=now,
        status=AccountStatus.PHONE_VERIFIED,
        mobile=mobile,
        email=None,
        id_number=None,
        failures=0,
        locked_until=None,
        totp_secret="",
        totp_step=0,
        language="zh",
    )
    roll.add_account(unit, account)
    return account


def prove_identity(
    desk: Desk,
    who: SignedIn,
    *,
    name: str,
    id_number: str,
    face: bytes,
    proof: IdentityProof,
    browser: Browser,
    now: datetime,
    new_token: NewToken,
) -> str | None:
    """实人认证, then binding. The token of another session where an account of old was found and taken on.

    Raises ``IDENTITY_NOT_PROVED``; ``ALREADY_REGISTERED``, neutral, which somebody then looks at.
    """
    if who.account.status is not AccountStatus.PHONE_VERIFIED:
        raise refuse(Code.STEP_INVALID)
    name, id_number = name.strip(), id_number.strip().upper()
    proved = proof.prove(name=name, id_number=id_number, face=face, today=china_day(now))
    if not proved.passed:
        with desk.store.writing() as unit:
            details = {"reason": proved.reason}
            unit.log("identity.refused", who.account.id, by=who.actor, at=now, details=details)
        raise refuse(Code.IDENTITY_NOT_PROVED, "id_number")
    taken = False
    with desk.store.writing() as unit:
        holder = roll.account_with(unit, "id_number", id_number)
        older = _older_account(unit, name, id_number)
        if (holder is not None and holder.id != (older.id if older else None)) or (
            older is not None and older.mobile not in (None, who.account.mobile)
        ):
            taken = True
            unit.log("identity.taken", who.account.id, by=who.actor, at=now)
            standing = older if older is not None else holder
            roll.add_claim(
                unit,
                id=desk.new_id(),
                applicant_id=who.account.id,
                holder_id=standing.id if standing else "",
                name=name,
                id_number=id_number,
                at=now,
            )
        else:
            details = {"stand_in": proved.stand_in}
            unit.log("identity.proved", who.account.id, by=who.actor, at=now, details=details)
            if older is not None:
                taken_on = take_on(unit, who.account, older, id_number)
                return sessions.open_session(
                    unit, taken_on, browser=browser, now=now, new_token=new_token
                )
            roll.set_account(
                unit,
                who.account.id,
                name=name,
                id_number=id_number,
                status=AccountStatus.IDENTITY_VERIFIED,
            )
            bind(desk, unit, roll.account(unit, who.account.id), now=now)
    if taken:  # outside, so that it stays on record
        raise refuse(Code.ALREADY_REGISTERED, "id_number")
    return None


def _older_account(unit: Unit, name: str, id_number: str) -> Account | None:
    """The registration account this person set up before the app (manual, 1.1 rule 1)."""
    person_id = unit.person_of(id_number)
    if person_id is None or unit.dossier(person_id).person.name != name:
        return None
    found = roll.account_with(unit, "person_id", person_id)
    return found if found is not None and found.role is Role.PHYSICIAN else None


def take_on(unit: Unit, fresh: Account, older: Account, id_number: str) -> Account:
    """The older account with what the fresh one has proved; the fresh one goes."""
    roll.move_consents(unit, fresh.id, older.id)
    roll.forget_account(unit, fresh.id)
    roll.set_account(
        unit,
        older.id,
        mobile=fresh.mobile,
        id_number=id_number,
        status=AccountStatus.IDENTITY_VERIFIED,
    )
    return roll.account(unit, older.id)


# --- binding -------------------------------------------------------------------------------------


def bind(desk: Desk, unit: Unit, account: Account, *, now: datetime) -> bool:
    """Binds an account to the person of its name and identity number; whether there is one now.

    A person without any qualification or practice data is nobody's yet.
    """
    if account.person_id is not None or account.id_number is None:
        return account.person_id is not None
    person_id = unit.person_of(account.id_number)
    if person_id is None:
        return False
    dossier = unit.dossier(person_id)
    has_data = bool(dossier.qualifications or dossier.records or dossier.military)
    if dossier.person.name != account.name or not has_data:
        return False
    roll.set_account(unit, account.id, person_id=person_id, role=Role.PHYSICIAN)
    bound = account.actor
    if dossier.person.binding in (Binding.NONE, Binding.CLOSED):
        _rebind(desk, unit, dossier, Binding.NEEDS_CREDENTIALS, by=bound, now=now)
    unit.log("account.bound", account.id, by=bound, at=now, details={"person": person_id})
    return True


def look_again(desk: Desk, who: SignedIn, *, now: datetime) -> bool:
    """Whether data has arrived since that this account can be bound to, or activated by."""
    with desk.store.writing() as unit:
        account = roll.account(unit, who.account.id)
        bound = bind(desk, unit, account, now=now)
        if bound and account.person_id is not None:
            _activate_by_switch(desk, unit, account, now)
        return bound


def set_credentials(
    desk: Desk, who: SignedIn, *, username: str, password: str, now: datetime
) -> None:
    """用户名 and 密码 of the registration account; then it waits for its activation (manual, 1.1 rule 2).

    Raises ``USERNAME_INVALID``, ``USERNAME_TAKEN``, ``PASSWORD_…``, ``STEP_INVALID``.
    """
    chosen, hashed = checked_username(username), hash_password(password)
    with desk.store.writing() as unit:
        account = roll.account(unit, who.account.id)
        if account.person_id is None:
            raise refuse(Code.STEP_INVALID)
        dossier = unit.dossier(account.person_id)
        if dossier.person.binding is not Binding.NEEDS_CREDENTIALS:
            raise refuse(Code.STEP_INVALID)
        holder = roll.account_named(unit, chosen)
        if holder is not None and holder.id != account.id:
            raise refuse(Code.USERNAME_TAKEN, "username")
        roll.set_account(unit, account.id, username=chosen, password_hash=hashed)
        unit.log("account.credentials", account.id, by=account.actor, at=now)
        _rebind(desk, unit, dossier, Binding.PENDING_ACTIVATION, by=account.actor, now=now)
        _activate_by_switch(desk, unit, account, now)


# --- activation ----------------------------------------------------------------------------------


def send_activation_code(
    desk: Desk, person_id: PersonId, *, by: Actor, post: Post, now: datetime, draw: Draw
) -> None:
    """The main institution sends a physician the activation code (article, 1.3).

    An account that was revoked waits for its activation from then on.
    """
    if by.role is not Role.INSTITUTION_CLERK:
        raise refuse(Code.ROLE_FORBIDDEN)
    code = "".join(ACTIVATION_ALPHABET[draw(len(ACTIVATION_ALPHABET))] for _ in range(8))
    with desk.store.writing() as unit:
        dossier = unit.dossier(person_id)
        if all(each.institution_id != by.org_id for each in dossier.live_records):
            raise refuse(Code.NOT_FOUND, "person")
        if dossier.person.binding not in (Binding.PENDING_ACTIVATION, Binding.REVOKED):
            raise refuse(Code.STEP_INVALID)
        account = roll.account_with(unit, "person_id", person_id)
        to = (account.mobile or account.email) if account else None
        if to is None:
            raise refuse(Code.STEP_INVALID, "mobile")
        code_id = desk.new_id()
        roll.add_activation_code(
            unit,
            id=code_id,
            person_id=person_id,
            institution_id=by.org_id,
            code_mac=_mac(desk, code_id, code),
            sent_at=now,
        )
        unit.log("account.activation_code", person_id, by=by, at=now)
    subject = Text("激活码", "Activation code")
    said = Text(
        f"【医证】激活码 {code}，七日内有效。",
        f"Your activation code is {code}; it is good for seven days.",
    )
    try:
        post.send(to, subject, said)
    except CourierUnavailableError:
        # Only the newest code counts, and this one reached nobody: the one sent before it stays good.
        with desk.store.writing() as unit:
            roll.drop_activation_code(unit, code_id)
            unit.log("account.activation_code.unsent", person_id, by=by, at=now)
        raise
    with desk.store.writing() as unit:
        dossier = unit.dossier(person_id)
        if dossier.person.binding is Binding.REVOKED:
            _rebind(desk, unit, dossier, Binding.PENDING_ACTIVATION, by=by, now=now)


def activate_by_code(desk: Desk, who: SignedIn, typed: str, *, now: datetime) -> None:
    """激活我的账户, with the institution's code; ``NOT_ACTIVATED``."""
    with desk.store.writing() as unit:
        account, dossier = _waiting(unit, who)
        row = roll.latest_activation_code(unit, dossier.person.id)
        fits = _used_up(
            desk, unit, roll.Codes.ACTIVATION, row, typed.upper(), good_for=ACTIVATION_FOR, now=now
        )
        if fits:
            _rebind(desk, unit, dossier, Binding.ACTIVE, by=account.actor, now=now)
    if not fits:  # outside, so that the try is counted
        raise refuse(Code.NOT_ACTIVATED, "activation_code")


def activate_by_qualification(desk: Desk, who: SignedIn, typed: str, *, now: datetime) -> None:
    """With the 资格证书编码, where no registration is in force; ``NOT_ACTIVATED``."""
    with desk.store.writing() as unit:
        account, dossier = _waiting(unit, who)
        in_force = any(each.standing is Standing.VALID for each in dossier.records)
        said = typed.strip().upper().encode()
        fits = any(
            hmac.compare_digest(each.number.encode(), said) for each in dossier.qualifications
        )
        if fits and not in_force:
            _rebind(desk, unit, dossier, Binding.ACTIVE, by=account.actor, now=now)
            return
    raise refuse(Code.NOT_ACTIVATED, "qualification_number")


def _activate_by_switch(desk: Desk, unit: Unit, account: Account, now: datetime) -> None:
    """An institution may have set that its physicians need no code (article, 1.3)."""
    if account.person_id is None:
        return
    dossier = unit.dossier(account.person_id)
    switched = any(
        dossier.institutions[each.institution_id].auto_activates
        for each in dossier.records
        if each.standing is Standing.VALID
    )
    if switched and dossier.person.binding is Binding.PENDING_ACTIVATION:
        _rebind(desk, unit, dossier, Binding.ACTIVE, by=SYSTEM, now=now)


def _waiting(unit: Unit, who: SignedIn) -> tuple[Account, Dossier]:
    account = roll.account(unit, who.account.id)
    if account.person_id is None:
        raise refuse(Code.STEP_INVALID)
    dossier = unit.dossier(account.person_id)
    if dossier.person.binding is not Binding.PENDING_ACTIVATION:
        raise refuse(Code.STEP_INVALID)
    return account, dossier


def _rebind(
    desk: Desk, unit: Unit, before: Dossier, binding: Binding, *, by: Actor, now: datetime
) -> None:
    after = replace(before, person=replace(before.person, binding=binding))
    person_id = before.person.id
    seq = unit.log(f"account.{binding.lower()}", person_id, by=by, at=now)
    desk.follow_up(unit, before, after, audit_seq=seq, now=now)
    if binding is Binding.ACTIVE:
        desk.tell(unit, person_id, Notice.ACTIVATED, person_id, now)


# --- signing in by code, recovery, changes -------------------------------------------------------


def sign_in_by_code(
    desk: Desk, mobile: str, code: str, *, browser: Browser, now: datetime, new_token: NewToken
) -> str:
    """The second way in, open while the password is locked; ``CODE_WRONG``."""
    proved = use_code(desk, Purpose.SIGN_IN, mobile, code, now=now)
    with desk.store.writing() as unit:
        account = roll.account_with(unit, "mobile", proved)
        if account is None or not account.is_open:
            raise refuse(Code.CODE_WRONG, "code")
        return sessions.open_session(unit, account, browser=browser, now=now, new_token=new_token)


def tell_of_new_device(desk: Desk, who: SignedIn, *, browser: Browser, now: datetime) -> bool:
    """Remembers the device of a sign-in, and tells the owner where it is one more than before. The first of
    all is no news.

    Called before the browser gets its cookie, so that nobody is in unannounced.
    """
    account, device = who.account, sessions.digest(browser.device)
    with desk.store.writing() as unit:
        known = roll.devices_of(unit, account.id)
        if device in known:
            return False
        roll.add_device(unit, account_id=account.id, device_sha256=device, since=now)
        if not known:
            return False
        unit.log("account.new_device", account.id, by=account.actor, at=now)
        where = {"agent": browser.agent[:200], "address": browser.address[:64]}
        to = account.person_id or account.id
        desk.tell(unit, to, Notice.SIGNED_IN_ELSEWHERE, account.id, now, details=where)
    return True


def recover(desk: Desk, to: str, code: str, password: str, *, now: datetime) -> None:
    """A new password by a code sent to mobile or e-mail; every session of the account ends."""
    hashed = hash_password(password)
    proved = use_code(desk, Purpose.RECOVER, to, code, now=now)
    with desk.store.writing() as unit:
        account = roll.account_with(unit, "email" if "@" in proved else "mobile", proved)
        if account is None or not account.is_open:
            raise refuse(Code.CODE_WRONG, "code")
        roll.set_account(unit, account.id, password_hash=hashed, failures=0, locked_until=None)
        roll.end_sessions(unit, account.id)
        unit.log("account.recovered", account.id, by=account.actor, at=now)


def change_password(
    desk: Desk, who: SignedIn, *, present: str, password: str, now: datetime
) -> None:
    """A new password for the present one; the other sessions end. ``PASSWORD_WRONG``."""
    hashed = hash_password(password)
    _prove(who, present)
    with desk.store.writing() as unit:
        roll.set_account(unit, who.account.id, password_hash=hashed)
        roll.end_sessions(unit, who.account.id, but=who.session.token_sha256)
        unit.log("account.password", who.account.id, by=who.actor, at=now)


def change_contact(
    desk: Desk, who: SignedIn, purpose: Purpose, to: str, code: str, *, present: str, now: datetime
) -> None:
    """A new mobile number or security e-mail, proved by a code sent there and by the password."""
    _prove(who, present)
    column = "mobile" if purpose is Purpose.CHANGE_MOBILE else "email"
    if (column == "email") != ("@" in to):
        raise refuse(Code.FIELD_FORMAT, column)
    proved = use_code(desk, purpose, to, code, now=now)
    with desk.store.writing() as unit:
        if roll.account_with(unit, column, proved) is not None:
            raise refuse(Code.CONTACT_TAKEN, column)
        roll.set_account(unit, who.account.id, **{column: proved})
        roll.end_sessions(unit, who.account.id, but=who.session.token_sha256)
        unit.log(f"account.{column}", who.account.id, by=who.actor, at=now)


def close_account(desk: Desk, who: SignedIn, *, present: str, now: datetime) -> None:
    """注销账户: personal data is blanked, records stay, every session ends. The practice registration is
    another thing and is not touched. ``APPLICATIONS_OPEN`` while something is on its way; drafts go."""
    _prove(who, present)
    with desk.store.writing() as unit:
        account = roll.account(unit, who.account.id)
        if account.person_id is not None:
            for each in unit.open_applications(account.person_id):
                if each.status is not Status.DRAFT:
                    raise refuse(Code.APPLICATIONS_OPEN)
                unit.delete_draft(each)
            dossier = unit.dossier(account.person_id)
            _rebind(desk, unit, dossier, Binding.CLOSED, by=account.actor, now=now)
        unit.log("account.closed", account.id, by=account.actor, at=now)
        roll.end_sessions(unit, account.id)
        roll.forget_devices(unit, account.id)
        roll.set_account(
            unit,
            account.id,
            status=AccountStatus.CLOSED,
            active=False,
            person_id=None,
            role=Role.PUBLIC,
            username=None,
            name="",
            password_hash="",
            mobile=None,
            email=None,
            id_number=None,
        )


def _prove(who: SignedIn, present: str) -> None:
    """The present password; an account that never had one has none to give."""
    if who.account.password_hash and not password_fits(present, who.account.password_hash):
        raise refuse(Code.PASSWORD_WRONG, "present")


def _used_up(
    desk: Desk,
    unit: Unit,
    kept: roll.Codes,
    row: Any,
    typed: str,
    *,
    good_for: timedelta,
    now: datetime,
) -> bool:
    """Uses a code up when it is the right one in its time; counts the try when it is not."""
    if row is None or row.used_at is not None or row.tries >= MAX_TRIES:
        return False
    in_time = now - row.sent_at < good_for
    if in_time and hmac.compare_digest(row.code_mac, _mac(desk, row.id, typed.strip())):
        return roll.set_code(unit, kept, row.id, used_at=now)
    roll.set_code(unit, kept, row.id, tries=row.tries + 1)
    return False


def _mac(desk: Desk, code_id: str, code: str) -> str:
    """What of a code is kept. Six digits are a million guesses, so a digest alone would hide nothing from
    who reads the database: the key is not in it."""
    if not desk.code_key:
        raise LookupError("a desk without a key for codes was asked for one")
    return hmac.new(desk.code_key, f"{code_id}:{code}".encode(), hashlib.sha256).hexdigest()
