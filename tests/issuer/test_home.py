"""The issuer's home as a library: one credential for one id, however often it is asked for."""

from __future__ import annotations

import pytest

from credential.errors import CredentialError
from issuer.home import Home
from tests import office
from tests.conftest import PASSPHRASE, Desk
from tests.office import DAY, NOW

ISS = "https://yz.example/i/11"


def test_the_same_id_gives_the_same_credential(desk: Desk) -> None:
    """A worker that died between signing and noting it asks again, later."""
    home = Home(desk.home, passphrase=PASSPHRASE.encode())
    first = home.issue(office.licence(), iss=ISS, cti=b"12345678", now=office.at(NOW + 5))
    again = home.issue(office.licence(), iss=ISS, cti=b"12345678", now=office.at(NOW + DAY))
    assert again == first
    other = home.issue(office.licence(), iss=ISS, cti=b"87654321", now=office.at(NOW + 5))
    assert other.credential.status != first.credential.status


def test_what_is_refused_spends_no_entry(desk: Desk) -> None:
    home = Home(desk.home, passphrase=PASSPHRASE.encode())
    with pytest.raises(CredentialError, match="ISSUER_SCOPE"):
        home.issue(office.licence(place=31), iss=ISS, cti=b"12345678", now=office.at(NOW))
    with home.ledger() as ledger, pytest.raises(CredentialError, match="CREDENTIAL_UNKNOWN"):
        ledger.find(b"12345678")


def test_identity_codes_leave_no_trace(desk: Desk) -> None:
    home = Home(desk.home, passphrase=PASSPHRASE.encode())
    before = (desk.home / "ledger.sqlite3").read_bytes()
    issued = home.issue(office.identity_code(), iss=ISS, cti=b"12345678", now=office.at(NOW))
    assert issued.credential.exp == NOW + 30
    assert (desk.home / "ledger.sqlite3").read_bytes() == before
