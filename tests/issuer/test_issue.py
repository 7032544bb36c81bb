"""Issuing: nothing is signed that a verifier would have to refuse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from credential.claims import Face, StatusRef
from credential.errors import Code, CredentialError
from credential.trust_list import KeyRecord, Purpose
from issuer import issue
from issuer.issue import Issued
from issuer.signer import SigningKey
from tests import office
from tests.office import DAY, NOW
from verifier import verify
from verifier.trust import Trust

REF = StatusRef(1000, office.LIST)


def key(name: str, **changes: Any) -> SigningKey:
    records = {r.kid: r for r in office.KEYS}
    record: KeyRecord = replace(records[office.key(name).kid], **changes)
    return SigningKey(record, office.key(name))


def licence(
    said: Any = None, *, by: SigningKey | None = None, now: int = NOW, **more: Any
) -> Issued:
    return issue.licence(
        said or office.licence(), key=by or key("licence"), status=REF, now=office.at(now),
        new_id=lambda: office.CTI, **more,
    )  # fmt: skip


def badge() -> Issued:
    return issue.badge(
        office.badge(), key=key("badge"), status=REF, now=office.at(NOW), new_id=lambda: office.CTI
    )


def identity_code() -> Issued:
    return issue.identity_code(
        office.identity_code(), key=key("code"), now=office.at(NOW), new_id=lambda: office.CTI
    )


def refused(make: Callable[[], object]) -> str:
    with pytest.raises(CredentialError) as told:
        make()
    return told.value.reason


@pytest.mark.parametrize("make", [licence, badge, identity_code])
def test_what_is_issued_verifies_in_both_forms(make: Callable[[], Issued], trust: Trust) -> None:
    issued = make()
    for text in (issued.bare(), issued.link(office.HOST)):
        assert verify(text, trust=trust, now=office.at(NOW)).credential == issued.credential


def test_signing_twice_gives_the_same_bytes() -> None:
    assert licence().cose == licence().cose


def test_fractions_of_a_second_are_dropped_not_rounded() -> None:
    issued = issue.identity_code(
        office.identity_code(),
        key=key("code"),
        now=office.at(NOW + 0.999),
        new_id=lambda: office.CTI,
    )
    assert (issued.credential.iat, issued.credential.exp) == (NOW, NOW + 30)


def test_a_credential_may_not_outlive_its_key() -> None:
    ends = key("licence", verify_until=NOW + 365 * DAY)
    assert licence(by=ends).credential.exp == NOW + 365 * DAY
    assert refused(lambda: licence(by=ends, now=NOW + 1)) == "KEY_OUTLIVED"


def test_no_licence_for_more_than_400_days() -> None:
    assert licence(lifetime_s=400 * DAY).credential.exp == NOW + 400 * DAY
    assert refused(lambda: licence(lifetime_s=400 * DAY + 1)) == "CLAIM_VALUE:exp"


def test_a_place_outside_the_region_is_refused_at_issue() -> None:
    assert refused(lambda: licence(office.licence(place=31))) == "ISSUER_SCOPE"
    assert licence(office.licence(place=110105)).credential.facts


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"purposes": frozenset({Purpose.BADGE})}, "KEY_PURPOSE"),
        ({"compromised": NOW}, "KEY_REVOKED"),
        ({"sign_until": NOW}, "KEY_RETIRED"),
        ({"not_before": NOW + 1}, "KEY_NOT_YET_VALID"),
        ({"verify_until": NOW}, "KEY_EXPIRED"),
    ],
)
def test_a_key_signs_only_what_and_when_it_may(changes: dict[str, Any], code: str) -> None:
    assert refused(lambda: licence(by=key("licence", **changes))) == code


def test_no_face_no_credential() -> None:
    assert refused(lambda: licence(office.licence(face=Face(b"")))) == "CLAIM_MISSING:face"


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("a line break", "甲\n示例"), ("NUL", "甲\0"), ("right-to-left override", "甲\u202e示例"),
        ("zero-width space", "甲\u200b示例"), ("zero-width joiner", "甲\u200d示例"), ("byte order mark", "\ufeff甲"),
        ("a space at the end", "甲示例 "), ("an ideographic space in front", "\u3000甲"), ("private use", "甲\ue000"),
        ("line separator", "甲\u2028"), ("a lone surrogate", "甲\ud800"),
    ],
)  # fmt: skip
def test_a_text_that_hides_something_is_refused(what: str, text: str) -> None:
    assert refused(lambda: licence(office.licence(name=text))) == "TEXT_FORBIDDEN:name", what
    filing = replace(office.licence().filings[0], institution=text)
    assert refused(lambda: licence(office.licence(filings=(filing,)))) == "TEXT_FORBIDDEN:filings"
    assert refused(lambda: licence(office.licence(scopes=(text,)))) == "TEXT_FORBIDDEN:scopes"


@pytest.mark.parametrize(
    "name",
    ["欧阳修远", "阿依古丽·买买提江", "㛃𠮷", "\U0002a6d6\U00030000", "甲" * 128, "\U00031350"],
)
def test_rare_characters_and_long_names_are_signed_as_they_are(name: str, trust: Trust) -> None:
    issued = licence(office.licence(name=name))
    assert verify(issued.bare(), trust=trust, now=office.at(NOW)).credential.facts.name == name


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": ""}, "CLAIM_VALUE:name"), ({"name": "甲" * 129}, "CLAIM_VALUE:name"),
        ({"licence_number": "1234"}, "CLAIM_VALUE:licence_number"), ({"category": 9}, "CLAIM_VALUE:category"),
        ({"scopes": ()}, "CLAIM_VALUE:scopes"), ({"place": 1101}, "CLAIM_VALUE:place"), ({"title": 1}, "CLAIM_VALUE:title"),
        ({"version": 0}, "CLAIM_VALUE:version"),
    ],
)  # fmt: skip
def test_what_the_wire_does_not_allow_is_not_signed(changes: dict[str, Any], reason: str) -> None:
    assert refused(lambda: licence(office.licence(**changes))) == reason


@pytest.mark.parametrize("seconds", [2**31 - 5, 2**31 + 5, 4_102_444_800, 1_709_164_800])
def test_2038_2100_and_a_leap_day(seconds: int) -> None:
    keys = tuple(
        replace(r, not_before=1, sign_until=2**34, verify_until=2**34) for r in office.KEYS
    )
    content = office.trust_list(keys=keys, iat=seconds, exp=seconds + DAY)
    lists = (office.status_list(iat=seconds, exp=seconds + DAY),)
    parts = office.bundle(
        office.signed(content), office.snapshot(*lists, iat=seconds, exp=seconds + DAY), lists
    )
    issued = licence(by=SigningKey(keys[0], office.key("licence")), now=seconds)
    trust = office.trust(parts, now=seconds)
    assert verify(issued.bare(), trust=trust, now=office.at(seconds)).credential.iat == seconds
    later = replace(trust, content=replace(content, exp=2**34))
    a_year_on = office.at(seconds + 365 * DAY)
    assert refused(lambda: verify(issued.bare(), trust=later, now=a_year_on)) == Code.EXPIRED
