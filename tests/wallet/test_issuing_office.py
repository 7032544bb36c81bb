"""Wallet, registry's rules and issuer wired together: what a verifier says of codes and books."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

import app
from credential import cose, envelope
from credential.code_book import CodeBook
from credential.text import Text
from credential.trust_list import Bundle, SignedTrustList
from issuer.demo_portraits import portrait
from issuer.home import Home
from issuer.office import Authority
from registry.ports import DeskUnavailableError
from tests.office import NOW, at
from tests.wallet.memory import FIRST, PERSON, SECOND, Register, SessionTable, ShelfTable, holder
from verifier import VerificationError, verify
from verifier.trust import Pin, Trust, accept_list
from wallet.desk import WalletDesk
from wallet.ports import CodeIssuer, CodeRequest


@dataclass
class Service:
    office: app.IssuingOffice
    register: Register
    desk: WalletDesk

    def trust(self, seconds: int) -> Trust:
        """What a reader knows who has just fetched everything."""
        self.office.publish(now=at(NOW + seconds))
        parts = Bundle.from_bytes((self.office.home.public / "bundle").read_bytes())
        first = SignedTrustList.from_bytes(
            (self.office.home.public / "trust-lists" / "1").read_bytes()
        ).content
        pin = Pin(first.environment, first.version, first.threshold, first.anchors)

        def older(version: int) -> bytes:
            return (self.office.home.public / "trust-lists" / str(version)).read_bytes()

        now = NOW + seconds
        content = accept_list(parts.trust, pin=pin, held=None, now=now, older=older)
        return content.with_snapshot(parts.snapshot, parts.lists, now=now)

    def verdict(self, message: bytes, seconds: int) -> str:
        try:
            verified = verify(
                envelope.bare(message), trust=self.trust(seconds), now=at(NOW + seconds)
            )
        except VerificationError as error:
            return str(error.code)
        return verified.credential.iss


@pytest.fixture
def service(tmp_path: Path) -> Service:
    office = app.IssuingOffice(
        Home(tmp_path / "home", passphrase=b"for tests"), "https://yz.example"
    )
    for code in ("11", "32"):
        name = Text(f"示范卫生健康委员会{code}", f"Demo Commission {code}")
        office.add(Authority(office.issuer(code), name, (code,)), now=at(NOW - 60))
    issuer: CodeIssuer = office  # mypy holds the two together
    register = Register(holder(read_photo=lambda: portrait(1)))
    desk = WalletDesk(
        holders=register,
        sessions=SessionTable(),
        shelf=ShelfTable(),
        codes=issuer,
        new_id=lambda: secrets.token_bytes(8),
        new_session=lambda: secrets.token_hex(16),
    )
    return Service(office, register, desk)


@pytest.mark.parametrize(("chosen", "authority"), [("r1", "11"), ("r2", "32")])
def test_the_issuer_of_the_records_authority_signs(
    service: Service, chosen: str, authority: str
) -> None:
    service.register.said = holder(chosen=chosen, read_photo=lambda: portrait(1))
    session = service.desk.consent(PERSON, device_id="phone", text="2026-11", now=at(NOW))
    code = service.desk.code(PERSON, session.session_id, now=at(NOW + 1)).message
    assert service.verdict(code, 30) == f"https://yz.example/i/{authority}"
    assert service.verdict(code, 31) == "CODE_EXPIRED"


def book(service: Service, device: str = "phone", seconds: int = 0) -> CodeBook:
    data = service.desk.book(PERSON, device_id=device, now=at(NOW + seconds), span_s=600)
    return CodeBook.from_bytes(data)


def verdict(service: Service, made: CodeBook, seconds: int) -> str:
    service.desk.settle(now=at(NOW + seconds))
    index = made.index_at(NOW + seconds)
    assert index is not None
    said = service.verdict(made.message(index), seconds)
    return "VALID" if said == "https://yz.example/i/11" else said


def test_a_book_follows_its_record_and_ends_with_the_sign_out(service: Service) -> None:
    made = book(service)
    seen = [verdict(service, made, 1)]
    for seconds, reason in ((60, "LICENCE_NOT_ACTIVE"), (120, "")):
        service.register.said = holder(
            records=(replace(FIRST, reason=reason), SECOND), read_photo=lambda: portrait(1)
        )
        service.desk.record_changed(PERSON)
        seen.append(verdict(service, made, seconds))
    service.desk.signed_out(PERSON, "tablet")
    seen.append(verdict(service, made, 180))
    service.desk.signed_out(PERSON, "phone")
    seen.append(verdict(service, made, 240))
    assert seen == ["VALID", "SUSPENDED", "VALID", "VALID", "REVOKED"]


def test_a_newer_book_revokes_the_older(service: Service) -> None:
    first = book(service)
    second = book(service, "tablet", 30)
    assert verdict(service, first, 40) == "REVOKED"
    assert verdict(service, second, 40) == "VALID"


def test_a_book_needs_no_file_but_the_ledger_and_a_code_none(service: Service) -> None:
    session = service.desk.consent(PERSON, device_id="phone", text="2026-11", now=at(NOW))
    service.desk.code(PERSON, session.session_id, now=at(NOW))
    service.office.home.folder.rename(service.office.home.folder.with_name("gone"))
    again = service.desk.code(PERSON, session.session_id, now=at(NOW + 20)).message
    assert cose.unpack_sign1(again).payload


def test_what_the_issuer_refuses_is_the_ports_own_error(service: Service) -> None:
    asked = CodeRequest(
        authority="99", licence_number="1", name="甲", photo="p", read_photo=lambda: portrait(1)
    )
    with pytest.raises(DeskUnavailableError, match="ISSUER_UNKNOWN"):
        service.office.identity_code(asked, cti=bytes(8), now=at(NOW))
    with pytest.raises(DeskUnavailableError, match="BOOK_SPAN"):
        service.desk.codes.code_book(
            CodeRequest(
                authority="11",
                licence_number=FIRST.licence_number,
                name="甲示例",
                photo="p",
                read_photo=lambda: portrait(1),
            ),
            book_id=bytes(8),
            new_id=lambda: secrets.token_bytes(8),
            now=at(NOW),
            span_s=int(timedelta(hours=13).total_seconds()),
        )
