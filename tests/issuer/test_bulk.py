"""Bulk issuing gives what single issuing gives, once for each id, however often it is run."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from credential import envelope
from credential.errors import CredentialError
from issuer import bulk
from issuer.bulk import BATCH, Wanted, issue_all
from issuer.home import Home
from issuer.publish import publish
from tests import office
from tests.conftest import PASSPHRASE, Desk
from tests.office import NOW
from verifier import TrustStore, verify

ISS = "https://yz.example/i/11"


def home(desk: Desk) -> Home:
    return Home(desk.home, passphrase=PASSPHRASE.encode())


def wanted(physicians: int) -> list[Wanted]:
    return [
        Wanted(make(licence_number=f"110110105{number:06}"), (2 * number + kind).to_bytes(8, "big"))
        for number in range(physicians)
        for kind, make in enumerate((office.licence, office.badge))
    ]


def run(desk: Desk, asked: Sequence[Wanted], seconds: int = 5, processes: int = 2) -> list[bytes]:
    now = office.at(NOW + seconds)
    return list(issue_all(home(desk), asked, iss=ISS, now=now, processes=processes))


def test_every_message_verifies_in_the_order_asked_for(desk: Desk) -> None:
    asked = wanted(BATCH + 3)  # several batches, the last one short
    messages = run(desk, asked)
    publish(home(desk), now=NOW + 6)
    bundle = str(desk.home / "public" / "bundle")
    desk.verify("update", "--trust", "home/trust", bundle, "--at", office.at(NOW + 6).isoformat())
    trust, entries = TrustStore(desk.home / "trust").load(), set()
    for each, message in zip(asked, messages, strict=True):
        said = verify(envelope.bare(message), trust=trust, now=office.at(NOW + 7)).credential
        assert (said.facts, said.cti) == (each.said, each.cti)
        entries.add(said.status)
    assert len(entries) == len(asked) == 2 * BATCH + 6


def test_run_again_it_gives_the_same_and_no_further_entry(desk: Desk) -> None:
    asked = wanted(20)
    first = run(desk, asked[:30])  # broken off
    again = run(desk, asked)
    assert again[:30] == first
    assert run(desk, asked, processes=1) == again
    with home(desk).ledger() as ledger:
        assert len({ledger.find(each.cti).ref for each in asked}) == 40


def test_one_at_a_time_gives_the_same_bytes(desk: Desk) -> None:
    asked = wanted(3)
    many = run(desk, asked)
    single = home(desk)
    for each, message in zip(asked, many, strict=True):
        assert (
            single.issue(each.said, iss=ISS, cti=each.cti, now=office.at(NOW + 5)).cose == message
        )


def test_what_may_not_be_signed_stops_the_run_with_its_reason(desk: Desk) -> None:
    asked = wanted(2)
    outside = Wanted(office.licence(place=31), b"outside1")
    with pytest.raises(CredentialError, match="ISSUER_SCOPE"):
        run(desk, [*asked, outside])
    assert len(run(desk, asked)) == 4


def test_a_run_without_the_key_spends_nothing(desk: Desk) -> None:
    with pytest.raises(CredentialError, match="ISSUER_UNKNOWN"):
        list(issue_all(home(desk), wanted(1), iss=ISS + "9", now=office.at(NOW + 5), processes=2))
    with home(desk).ledger() as ledger, pytest.raises(CredentialError, match="CREDENTIAL_UNKNOWN"):
        ledger.find((0).to_bytes(8, "big"))
    assert bulk.BATCH >= 100
