"""Facts and claims: every fact survives the way to bytes and back; impossible ones cannot be made."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credential import cbor, facts
from credential.claims import (
    Badge,
    Credential,
    Face,
    Facts,
    Filing,
    Gender,
    IdentityCode,
    Kind,
    Level,
    Licence,
    StatusRef,
    is_place,
)
from credential.errors import CredentialError
from tests import office

texts = st.text(alphabet=st.characters(categories=["Lo", "Nd"]), min_size=1, max_size=30)
days = st.dates(date(1950, 1, 1), date(2100, 12, 31))
faces = st.builds(
    Face, st.binary(min_size=1, max_size=60), st.sampled_from(["png", "jpeg", "webp", "avif"])
)
places = st.one_of(st.integers(11, 99), st.integers(110_000, 999_999))
scopes = st.lists(texts, min_size=1, max_size=3).map(tuple)
filings = st.builds(
    lambda institution, scopes_, ends: Filing(
        institution=institution, scopes=scopes_, begins=min(ends), ends=max(ends)
    ),
    texts, scopes, st.tuples(days, days),
)  # fmt: skip
common = {
    "licence_number": st.from_regex(r"[0-9]{15}", fullmatch=True),
    "name": texts,
    "face": faces,
}
shared = {
    "level": st.sampled_from(Level), "category": st.integers(10, 99), "place": places, "institution": texts,
    "title": st.sampled_from([0, 231, 232, 233, 234, 235]),
}  # fmt: skip
licences = st.builds(
    Licence, **common, **shared, gender=st.sampled_from(Gender), scopes=scopes, approved_on=days,
    filings=st.lists(filings, max_size=3).map(tuple), version=st.integers(1, 999),
)  # fmt: skip
all_facts: st.SearchStrategy[Facts] = st.one_of(
    licences, st.builds(Badge, **common, **shared), st.builds(IdentityCode, **common)
)


@given(all_facts, st.integers(1, 2**32), st.binary(min_size=8, max_size=8), st.integers(0, 131_071))
def test_a_credential_survives_the_way_to_bytes_and_back(
    said: Facts, iat: int, cti: bytes, idx: int
) -> None:
    is_code = said.kind is Kind.IDENTITY_CODE
    made = Credential(
        iss="https://yz.example/i/11", iat=iat, exp=iat + (30 if is_code else 86_400), cti=cti, facts=said,
        status=None if is_code else StatusRef(idx, office.LIST),
    )  # fmt: skip
    assert Credential.from_map(cbor.decode(cbor.encode(made.to_map()))) == made


@given(all_facts)
def test_facts_survive_the_way_to_json_and_back(said: Facts) -> None:
    assert facts.from_json(said.kind, facts.to_json(said), face=said.face) == said


def test_no_kind_carries_more_than_it_may() -> None:
    licence = set(office.licence().__dataclass_fields__)
    assert licence - {"kind"} == {
        "licence_number", "name", "gender", "face", "level", "category", "scopes", "place", "institution",
        "title", "approved_on", "filings", "version",
    }  # fmt: skip
    claims = office.credential(office.identity_code()).to_map()
    assert set(claims) == {1, 4, 6, 7, 169, -65537}
    assert set(claims[169]) == {1, 4, 62}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"exp": office.NOW - 60}, "CLAIM_VALUE:exp"), ({"exp": office.NOW + 400 * 86_400}, "CLAIM_VALUE:exp"),
        ({"nbf": office.NOW - 61}, "CLAIM_VALUE:nbf"), ({"nbf": office.NOW + 366 * 86_400}, "CLAIM_VALUE:nbf"),
    ],
)  # fmt: skip
def test_impossible_times_cannot_be_made(changes: dict[str, int], reason: str) -> None:
    assert office.credential(exp=office.NOW + 400 * 86_400 - 60)
    with pytest.raises(CredentialError) as told:
        office.credential(**changes)
    assert told.value.reason == reason


@pytest.mark.parametrize("code", [0, 10, 100, 1101, 99_999, 1_000_000, -11])
def test_a_place_has_two_or_six_digits(code: int) -> None:
    assert is_place(11)
    assert is_place(110_105)
    assert not is_place(code)
