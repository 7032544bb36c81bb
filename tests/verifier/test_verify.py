"""What the vectors cannot say: every flip and cut, equal key ids, and what the result is."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credential import cose, envelope
from credential.errors import Code, CredentialError
from credential.keys import PublicKey
from tests import fuzz, office
from tests.office import NOW
from verifier import VerificationError, Verified, verify
from verifier.replay import SeenCodes
from verifier.trust import Trust

GOOD = {kind: office.issued(office.credential(said)) for kind, said in (
    ("licence", office.licence()), ("badge", office.badge()), ("identity-code", office.identity_code()),
)}  # fmt: skip


def answer(message: bytes, trust: Trust) -> str:
    try:
        verify(office.text(message), trust=trust, now=office.at(NOW))
    except VerificationError as error:
        return error.reason
    return "VALID"


@pytest.mark.parametrize("kind", GOOD)
def test_the_untouched_message_is_valid(kind: str, trust: Trust) -> None:
    assert answer(GOOD[kind], trust) == "VALID"


@pytest.mark.parametrize("kind", GOOD)
def test_no_single_bit_may_be_turned(kind: str, trust: Trust) -> None:
    message = GOOD[kind]
    for bit in range(8 * len(message)):
        turned = bytearray(message)
        turned[bit // 8] ^= 1 << bit % 8
        assert answer(bytes(turned), trust) != "VALID", f"bit {bit}"


@pytest.mark.parametrize("kind", GOOD)
def test_no_cut_is_valid(kind: str, trust: Trust) -> None:
    for length in range(len(GOOD[kind])):
        code = answer(GOOD[kind][:length], trust)
        assert code in ("CBOR_MALFORMED", "COSE_STRUCTURE:tag"), (length, code)


def test_no_cut_of_the_text_is_valid(trust: Trust) -> None:
    for text in (office.text(GOOD["licence"]), office.link(GOOD["licence"])):
        for length in range(len(text)):
            with pytest.raises(VerificationError):
                verify(text[:length], trust=trust, now=office.at(NOW))
        assert verify(text, trust=trust, now=office.at(NOW)).kind.slug == "licence"


@settings(max_examples=500)
@given(st.text(max_size=300))
def test_any_text_gets_an_answer(text: str) -> None:
    with pytest.raises(VerificationError):
        verify(text, trust=office.trust(), now=office.at(NOW))


@settings(max_examples=500)
@given(st.binary(max_size=300))
def test_any_bytes_in_an_envelope_get_an_answer(data: bytes) -> None:
    with pytest.raises(VerificationError):
        verify(office.text(data), trust=office.trust(), now=office.at(NOW))


def test_thirty_thousand_seeded_inputs_all_get_an_answer() -> None:
    outcome = fuzz.run(30_000, seed=2)
    assert outcome.codes["VALID"] >= 3_000
    reached = set(outcome.codes)
    assert {"SIZE_LIMIT", "CBOR_TAG", "HEADER_INVALID", "CLAIM_TYPE", "ISSUER_SCOPE"} <= reached
    assert len(reached) >= 25
    assert outcome.grown_kib <= fuzz.MEMORY_KIB
    print(f"slowest of 30,000: {outcome.slowest_s * 1000:.1f} ms")


def test_a_bomb_costs_less_than_two_mebibytes() -> None:
    script = (
        "import resource, zlib, base45, sys; sys.path.insert(0, '.');"
        "from tests import office; from verifier import verify, VerificationError;"
        "trust = office.trust(); bomb = base45.b45encode(zlib.compress(bytes(2_900_000), 9)).decode();"
        "text = bomb[:4296]; now = office.at(office.NOW)\n"
        "def answer(text):\n"
        "    try: verify(text, trust=trust, now=now)\n"
        "    except VerificationError as error: return error.reason\n"
        "answer('6BF' + '0' * 900)\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "print(answer(text), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    code, grown_kib = done.stdout.split()
    assert code == "SIZE_LIMIT"
    assert int(grown_kib) < 2 * 1024


def _sharing_a_kid(trust: Trust, *names: str) -> tuple[Trust, bytes]:
    """A trust in which the keys of these names have the first one's key id, and that id."""
    kid = office.key(names[0]).kid

    def shared(key: PublicKey) -> PublicKey:
        return replace(key, kid=kid)

    records = tuple(
        replace(r, key=shared(r.key)) if r.kid in {office.key(n).kid for n in names} else r
        for r in trust.content.keys
    )
    return replace(trust, content=replace(trust.content, keys=records)), kid


def test_two_keys_with_one_key_id_are_both_tried(trust: Trust) -> None:
    shared, kid = _sharing_a_kid(trust, "other licence", "licence")
    message = office.raw(protected={1: -7, 4: kid}, by="licence")
    verified = verify(office.text(message), trust=shared, now=office.at(NOW))
    assert verified.issuer.iss == office.ISS


def test_two_keys_with_one_key_id_and_neither_signed(trust: Trust) -> None:
    shared, kid = _sharing_a_kid(trust, "other licence", "licence")
    assert (
        answer(office.raw(protected={1: -7, 4: kid}, by="mallory"), shared) == "SIGNATURE_INVALID"
    )


def test_a_verified_credential_cannot_be_made_by_hand(trust: Trust) -> None:
    verified = verify(office.text(GOOD["licence"]), trust=trust, now=office.at(NOW))
    with pytest.raises(TypeError):
        Verified(
            credential=verified.credential,
            issuer=verified.issuer,
            as_of=None,
            notices=(),
            _made_by=1,
        )
    with pytest.raises(TypeError):
        replace(verified, notices=(), _made_by=None)


def test_now_must_carry_a_time_zone(trust: Trust) -> None:
    with pytest.raises(ValueError, match="time zone"):
        verify("", trust=trust, now=datetime(2026, 11, 22, 10))  # noqa: DTZ001


def test_a_refusal_tells_what_is_known_only_once_the_signature_held(trust: Trust) -> None:
    with pytest.raises(VerificationError) as told:
        verify(office.text(GOOD["licence"]), trust=trust, now=office.at(NOW + 400 * office.DAY))
    assert told.value.code is Code.TRUST_EXPIRED
    assert told.value.about is None
    with pytest.raises(VerificationError) as told:
        verify(office.text(GOOD["identity-code"]), trust=trust, now=office.at(NOW + 40))
    assert told.value.about is not None
    assert told.value.about.exp == NOW + 30


def test_a_code_shown_twice_is_known_by_its_id_however_it_is_written(trust: Trust) -> None:
    message, seen = GOOD["identity-code"], SeenCodes()
    s = office.P256_ORDER - int.from_bytes(message[-32:], "big")
    other_forms = [
        office.text(message), office.link(message), office.text(message[:-32] + s.to_bytes(32, "big")),
        office.text(b"\xd8\x3d" + message),
    ]  # fmt: skip
    first, *again = [
        seen.seen_before(verify(text, trust=trust, now=office.at(NOW)), now=NOW)
        for text in other_forms
    ]
    assert not first
    assert again == [True, True, True]


def test_a_code_is_forgotten_when_it_has_ended_and_licences_are_not_counted(trust: Trust) -> None:
    seen = SeenCodes()
    code = verify(office.text(GOOD["identity-code"]), trust=trust, now=office.at(NOW))
    licence = verify(office.text(GOOD["licence"]), trust=trust, now=office.at(NOW))
    assert not seen.seen_before(code, now=NOW)
    assert not seen.seen_before(code, now=NOW + 30)
    assert not seen.seen_before(licence, now=NOW)
    assert not seen.seen_before(licence, now=NOW)


def test_an_embedded_message_opens_only_with_its_key() -> None:
    message = GOOD["licence"]
    assert cose.open_sign1(message, office.key("licence").public).payload
    with pytest.raises(CredentialError, match="SIGNATURE_INVALID"):
        cose.open_sign1(message, office.key("badge").public)
    with pytest.raises(CredentialError, match="ALG_NOT_ALLOWED"):
        cose.open_sign1(message, office.key("ed licence").public)


def test_unwrap_takes_links_of_the_given_hosts_only() -> None:
    text = office.link(GOOD["licence"])
    assert envelope.unwrap(text, hosts=[office.HOST]) == GOOD["licence"]
    with pytest.raises(CredentialError, match="QR_NOT_OURS"):
        envelope.unwrap(text, hosts=[])
