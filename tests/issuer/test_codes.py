"""Identity codes for a running service: keys opened once, portraits reduced once, books with a status."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from credential import envelope
from credential.claims import Kind
from credential.code_book import CodeBook
from credential.errors import CredentialError
from credential.status_list import Status
from credential.trust_list import Purpose
from issuer.codes import CodeDesk
from issuer.demo_portraits import portrait
from issuer.home import Home
from issuer.keyring import REREAD_S, KeyRing
from issuer.ledger import Action
from issuer.publish import publish
from tests import office
from tests.conftest import PASSPHRASE, Desk
from tests.office import DAY, NOW
from verifier import TrustStore, VerificationError, verify

ISS = "https://yz.example/i/11"
LATER = "2026-11-22T11:00:00+08:00"
PHOTO = {"photo": "a" * 64, "read_photo": lambda: portrait(1)}
SAID = {"iss": ISS, "licence_number": "110110105000123", "name": "甲示例"}


def home(desk: Desk) -> Home:
    return Home(desk.home, passphrase=PASSPHRASE.encode())


def book(codes: CodeDesk, book_id: bytes = b"bookbook", **changes: object) -> CodeBook:
    asked = {"now": office.at(NOW + 5), "new_id": lambda: secrets.token_bytes(8), "span_s": 600}
    return codes.code_book(**SAID, **PHOTO, book_id=book_id, **(asked | changes))  # type: ignore[arg-type]


def code(codes: CodeDesk, at: int = NOW + 5, **changes: object) -> str:
    asked = {"cti": secrets.token_bytes(8), "now": office.at(at)}
    return codes.identity_code(**(SAID | PHOTO | asked | changes)).bare()  # type: ignore[arg-type]


def test_a_live_code_verifies(desk: Desk) -> None:
    trust = TrustStore(desk.home / "trust").load()
    verified = verify(code(CodeDesk(home(desk))), trust=trust, now=office.at(NOW + 34))
    assert verified.credential.facts.name == "甲示例"
    assert verified.as_of is None


def test_after_the_first_code_no_file_is_touched(desk: Desk) -> None:
    """With the folder gone, codes still come, until what was read is a minute old."""
    codes = CodeDesk(home(desk))
    code(codes)
    desk.home.rename(desk.folder / "elsewhere")
    assert code(codes, at=NOW + 5 + REREAD_S - 1)
    with pytest.raises(CredentialError, match="HOME_MISSING"):
        code(codes, at=NOW + 5 + REREAD_S)


def test_a_portrait_is_reduced_once_and_never_taken_for_another(desk: Desk) -> None:
    codes, read = CodeDesk(home(desk)), []

    def reading(number: int) -> object:
        return lambda: read.append(number) or portrait(number)

    texts = [
        code(codes, photo=str(number) * 64, read_photo=reading(number)) for number in (1, 2, 1, 2)
    ]
    assert read == [1, 2]
    trust = TrustStore(desk.home / "trust").load()
    faces = [
        verify(text, trust=trust, now=office.at(NOW + 6)).credential.facts.face for text in texts
    ]
    assert faces[0] == faces[2]
    assert faces[1] == faces[3]
    assert faces[0] != faces[1]


def test_a_key_that_was_compromised_stops_signing_within_a_minute(desk: Desk) -> None:
    ring = KeyRing(home(desk))
    first = ring.signing_key(Purpose.IDENTITY_CODE, iss=ISS, now=NOW + 5)
    assert ring.signing_key(Purpose.IDENTITY_CODE, iss=ISS, now=NOW + 6) is first
    desk.issue("keys", "new", "--issuer", ISS, "--purpose", "identity-code", "--at", LATER)
    desk.issue("keys", "compromise", first.record.kid.hex(), "--at", LATER)
    at = NOW + 3600
    second = ring.signing_key(Purpose.IDENTITY_CODE, iss=ISS, now=at + REREAD_S)
    assert second.record.kid != first.record.kid


def test_refresh_reads_at_once(desk: Desk) -> None:
    ring = KeyRing(home(desk))
    at = NOW + 3600
    first = ring.signing_key(Purpose.IDENTITY_CODE, iss=ISS, now=at)
    desk.issue("keys", "new", "--issuer", ISS, "--purpose", "identity-code", "--at", LATER)
    desk.issue("keys", "retire", first.record.kid.hex(), "--at", LATER)
    assert ring.signing_key(Purpose.IDENTITY_CODE, iss=ISS, now=at + 1) is first
    ring.refresh()
    second = ring.signing_key(Purpose.IDENTITY_CODE, iss=ISS, now=at + 1)
    assert second.record.kid != first.record.kid


def test_a_key_past_its_time_is_not_kept(desk: Desk) -> None:
    ring = KeyRing(home(desk))
    last = NOW + 365 * DAY - 1
    assert ring.signing_key(Purpose.IDENTITY_CODE, iss=ISS, now=last)
    with pytest.raises(CredentialError, match="KEY_NOT_HELD"):
        ring.signing_key(Purpose.IDENTITY_CODE, iss=ISS, now=last + 1)


def test_an_unknown_issuer_has_no_code(desk: Desk) -> None:
    with pytest.raises(CredentialError, match="ISSUER_UNKNOWN"):
        code(CodeDesk(home(desk)), iss="https://yz.example/i/99")


# --- books ----------------------------------------------------------------------------------------


def verdict(desk: Desk, codes: CodeDesk, made: CodeBook, at: int) -> str:
    """What a reader says of the code shown at ``at``, with the lists published then."""
    publish(codes.home, now=at)
    store = TrustStore(desk.home / "trust")
    desk.verify("update", "--trust", "home/trust", str(desk.home / "public" / "bundle"),
                "--at", office.at(at).isoformat())  # fmt: skip
    index = made.index_at(at)
    assert index is not None
    try:
        verify(envelope.bare(made.message(index)), trust=store.load(), now=office.at(at))
    except VerificationError as error:
        return str(error.code)
    return "VALID"


def test_a_book_is_suspended_resumed_and_revoked_for_good(desk: Desk) -> None:
    codes = CodeDesk(home(desk))
    made, other = book(codes), book(codes, b"another1")
    states = []
    for at, action in ((10, None), (40, Action.SUSPEND), (70, Action.RESUME), (100, Action.REVOKE)):
        if action:
            codes.act_on_book(made.book_id, action)
        states.append(verdict(desk, codes, made, NOW + at))
    assert states == ["VALID", "SUSPENDED", "VALID", "REVOKED"]
    for action in (Action.REVOKE, Action.RESUME, Action.SUSPEND):
        codes.act_on_book(made.book_id, action)  # whatever is asked later
    assert verdict(desk, codes, made, NOW + 130) == "REVOKED"
    assert verdict(desk, codes, other, NOW + 131) == "VALID"


def test_a_book_has_one_entry_of_its_own_until_its_end(desk: Desk) -> None:
    codes = CodeDesk(home(desk))
    made = book(codes)
    with codes.home.ledger() as ledger:
        entry = ledger.find(made.book_id)
    assert (entry.kind, entry.exp, entry.status) == (Kind.IDENTITY_CODE, made.end, Status.VALID)
    assert {made.credential(i).status for i in range(len(made))} == {entry.ref}
    assert book(codes, b"another1").credential(0).status != entry.ref


@pytest.mark.parametrize(
    ("changes", "reason"), [({"span_s": 43_201}, "BOOK_SPAN"), ({"name": "甲\n"}, "TEXT_FORBIDDEN")]
)
def test_what_is_refused_spends_no_entry(
    desk: Desk, changes: dict[str, object], reason: str
) -> None:
    codes = CodeDesk(home(desk))
    said = SAID | {k: v for k, v in changes.items() if k in SAID}
    asked = {"now": office.at(NOW + 5), "new_id": lambda: bytes(8), "span_s": 600} | changes
    with pytest.raises(CredentialError, match=reason):
        codes.code_book(**(said | PHOTO | asked), book_id=b"bookbook")  # type: ignore[arg-type]
    with codes.home.ledger() as ledger, pytest.raises(CredentialError, match="CREDENTIAL_UNKNOWN"):
        ledger.find(b"bookbook")


def test_ending_a_book_that_was_never_signed_is_no_fault(desk: Desk) -> None:
    codes = CodeDesk(home(desk))
    for action in (Action.SUSPEND, Action.RESUME, Action.REVOKE):
        codes.act_on_book(b"nowhere1", action)
    assert Path(desk.home / "ledger.sqlite3").exists()
