"""The issuer's home as a library: one credential for one id, however often it is asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from credential.errors import CredentialError
from credential.trust_list import Purpose
from issuer import mandates
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


def test_asked_again_after_its_key_was_replaced_it_is_still_the_same(desk: Desk) -> None:
    """Or a worker's order would wait for ever: the new key may not sign at the first asking's time."""
    home = Home(desk.home, passphrase=PASSPHRASE.encode())
    first = home.issue(office.licence(), iss=ISS, cti=b"12345678", now=office.at(NOW + 5))
    later = "2026-11-22T11:00:00+08:00"
    desk.issue("keys", "new", "--issuer", ISS, "--purpose", "licence", "--at", later)
    desk.issue("keys", "retire", first.kid.hex(), "--at", later)
    again = home.issue(office.licence(), iss=ISS, cti=b"12345678", now=office.at(NOW + DAY))
    assert again == first
    fresh = home.issue(office.licence(), iss=ISS, cti=b"87654321", now=office.at(NOW + DAY))
    assert fresh.kid != first.kid


def test_a_list_is_signed_only_with_the_anchors_that_readers_will_ask_for(desk: Desk) -> None:
    """Two of two anchors sign version N+1; one of them is not enough, whatever the new list says."""
    home = Home(desk.home, passphrase=PASSPHRASE.encode())
    desk.issue(
        "keys", "new", "--issuer", ISS, "--purpose", "anchor", "--at", "2026-11-22T10:00:01+08:00"
    )
    both = replace(mandates.renewed(home.content(), now=NOW + 2), threshold=2)
    home.sign_list(both, before=home.content())
    one = replace(mandates.renewed(both, now=NOW + 3), threshold=1)
    kept = (desk.home / "anchor" / f"{both.anchors[1].kid.hex()}.pem").rename(
        desk.folder / "kept.pem"
    )
    with pytest.raises(CredentialError, match="TRUST_THRESHOLD"):
        home.sign_list(one, before=both)
    assert home.content() == both
    kept.rename(desk.home / "anchor" / f"{both.anchors[1].kid.hex()}.pem")
    home.sign_list(one, before=both)
    assert home.content() == one


def test_who_holds_no_key_is_told_for_which_authority(desk: Desk) -> None:
    home = Home(desk.home, passphrase=PASSPHRASE.encode())
    assert home.signing_key(Purpose.STATUS_LIST, iss=ISS, now=NOW).record.iss == ISS
    with pytest.raises(CredentialError, match=f"KEY_NOT_HELD:status-list: {ISS}"):
        home.signing_key(Purpose.STATUS_LIST, iss=ISS, now=NOW + 366 * DAY)
