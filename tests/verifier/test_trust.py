"""The store on disk: pinned once, replaced whole, shared by processes, never going back."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credential.errors import Code, CredentialError
from credential.status_list import Status, StatusArray
from credential.trust_list import Environment
from tests import office
from tests.office import DAY, NOW
from verifier.trust import Pin, Trust, TrustStore
from verifier.verify import verify

FIRST = office.bundle()


def nothing_older(_version: int) -> None:
    return None


def code_of(error: pytest.ExceptionInfo[CredentialError]) -> Code:
    return error.value.code


@pytest.fixture
def store(tmp_path: Path) -> TrustStore:
    made = TrustStore(tmp_path / "trust")
    made.pin(office.pin())
    return made


def take_in(store: TrustStore, bundle: bytes, now: int = NOW) -> Trust:
    return store.update(bundle, now=now, older=nothing_older)


def test_what_was_taken_in_is_there_after_a_restart(store: TrustStore) -> None:
    taken = take_in(store, FIRST.to_bytes())
    loaded = TrustStore(store.folder).load()
    assert loaded == taken
    text = office.text(office.issued())
    assert verify(text, trust=loaded, now=office.at(NOW)).kind.slug == "licence"


def test_an_empty_store_says_so(tmp_path: Path, store: TrustStore) -> None:
    with pytest.raises(CredentialError) as told:
        store.load()
    assert code_of(told) is Code.TRUST_MISSING
    with pytest.raises(CredentialError) as told:
        take_in(TrustStore(tmp_path / "other"), FIRST.to_bytes())
    assert code_of(told) is Code.TRUST_MISSING


def test_a_store_is_pinned_once(store: TrustStore) -> None:
    store.pin(office.pin())
    others = office.trust_list(anchors=(office.key("mallory").public,))
    with pytest.raises(CredentialError) as told:
        store.pin(office.pin(others))
    assert code_of(told) is Code.TRUST_PINNED
    assert store.read_pin() == office.pin()


def test_a_pin_is_made_only_of_a_list_that_its_own_anchors_signed() -> None:
    assert Pin.of(FIRST.trust) == office.pin()
    with pytest.raises(CredentialError) as told:
        Pin.of(office.signed(office.trust_list(), "mallory"))
    assert code_of(told) is Code.TRUST_SIGNATURE


def test_fingerprints_differ_by_anchor_and_environment_but_not_by_version() -> None:
    content = office.trust_list()
    same = replace(content, version=9)
    others = (
        replace(content, anchors=(office.key("mallory").public,)),
        replace(content, environment=Environment.PRODUCTION),
    )
    assert office.pin(content).fingerprint == office.pin(same).fingerprint
    assert len({office.pin(each).fingerprint for each in (content, *others)}) == 3


def test_a_refused_bundle_leaves_what_was_held(store: TrustStore) -> None:
    held = take_in(store, FIRST.to_bytes())
    older = office.bundle(snapshot_=office.snapshot(*office.LISTS, version=6))
    for refused in (b"", b"\xff" * 100, older.to_bytes(), FIRST.to_bytes()[:-1]):
        with pytest.raises(CredentialError):
            take_in(store, refused)
        assert store.load() == held


def test_a_newer_trust_list_stays_though_the_snapshot_beside_it_is_refused(
    store: TrustStore,
) -> None:
    take_in(store, FIRST.to_bytes())
    keys = tuple(
        replace(r, compromised=NOW) if r.kid == office.key("licence").kid else r
        for r in office.KEYS
    )
    ended = office.signed(office.trust_list(version=6, keys=keys))
    with pytest.raises(CredentialError) as told:
        take_in(
            store, office.bundle(ended, office.snapshot(*office.LISTS, by="mallory")).to_bytes()
        )
    assert code_of(told) is Code.TRUST_SIGNATURE
    with pytest.raises(CredentialError) as told:
        verify(office.text(office.issued()), trust=store.load(), now=office.at(NOW))
    assert code_of(told) is Code.KEY_REVOKED


def test_what_is_too_large_is_refused_unread(store: TrustStore) -> None:
    for bundle in (bytes(16 * 1024 * 1024 + 1), office.bundle(bytes(1024 * 1024 + 1)).to_bytes()):
        with pytest.raises(CredentialError) as told:
            take_in(store, bundle)
        assert code_of(told) is Code.SIZE_LIMIT


def test_a_damaged_store_names_its_file(store: TrustStore) -> None:
    take_in(store, FIRST.to_bytes())
    (store.folder / "accepted").write_bytes(b"\xff")
    with pytest.raises(CredentialError) as told:
        store.load()
    assert code_of(told) is Code.TRUST_MALFORMED
    assert "accepted" in told.value.subject


def test_killed_while_writing_there_is_the_old_or_the_new(store: TrustStore) -> None:
    """A process is killed again and again while it replaces the store's files."""
    take_in(store, FIRST.to_bytes())
    script = (
        "import sys; sys.path.insert(0, '.');"
        "from pathlib import Path; from tests import office; from verifier.trust import TrustStore\n"
        "store = TrustStore(Path(sys.argv[1])); trust = store.load()\n"
        "print('ready', flush=True)\n"
        "while True: store._write_accepted(trust)"
    )
    for _ in range(20):
        writer = subprocess.Popen(
            [sys.executable, "-c", script, str(store.folder)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        writer.kill()
        writer.wait()
        writer.stdout.close()
        assert store.load().content.version == 5
        assert take_in(store, FIRST.to_bytes()).content.version == 5


def test_two_processes_that_update_at_once_end_with_the_newer(store: TrustStore) -> None:
    script = (
        "import sys; sys.path.insert(0, '.');"
        "from pathlib import Path; from verifier.trust import TrustStore\n"
        "store = TrustStore(Path(sys.argv[1]))\n"
        "for _ in range(20):\n"
        "    try: store.update(Path(sys.argv[2]).read_bytes(), now=int(sys.argv[3]), older=lambda v: None)\n"
        "    except Exception as error: assert 'ROLLBACK' in str(error), error"
    )
    newer = office.bundle(
        office.signed(office.trust_list(version=6)),
        office.snapshot(*office.LISTS, version=8, trust_version=6),
    )
    writers = []
    for name, bundle in (("old", FIRST), ("new", newer)):
        path = store.folder.parent / name
        path.write_bytes(bundle.to_bytes())
        command = [sys.executable, "-c", script, str(store.folder), str(path), str(NOW)]
        writers.append(subprocess.Popen(command))
    assert [writer.wait(60) for writer in writers] == [0, 0]
    assert store.load().content.version == 6


def test_a_clock_behind_a_signed_time_is_told(store: TrustStore) -> None:
    trust = take_in(store, FIRST.to_bytes())
    trust.check_clock(NOW)
    later = trust.with_signed_time(office.signed_time(NOW + 60), now=NOW)
    later.check_clock(NOW + 60)
    with pytest.raises(CredentialError) as told:
        later.check_clock(NOW)
    assert code_of(told) is Code.CLOCK_WENT_BACK


marks = st.dictionaries(st.integers(0, 40), st.sampled_from(list(Status)), max_size=20)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(marks, st.booleans()), min_size=2, max_size=6))
def test_once_revoked_never_valid_again(steps: list[tuple[dict[int, Status], bool]]) -> None:
    """Whatever lists follow, in whatever epochs: an entry seen revoked stays revoked."""
    trust, seen, epoch = None, set[int](), 1
    for number, (marked, new_epoch) in enumerate(steps, start=1):
        epoch += new_epoch
        lists = (office.status_list(array=StatusArray.of(marked, entries=64)),)
        content = office.trust_list(version=4 + number, epoch=epoch)
        snapshot = office.snapshot(*lists, version=number, epoch=epoch, trust_version=1)
        if trust is None:
            trust = office.trust(office.bundle(office.signed(content), snapshot, lists))
        else:
            trust = replace(trust, content=content, message=office.signed(content))
            trust = trust.with_snapshot(snapshot, lists, now=NOW)
        seen |= {idx for idx, status in marked.items() if status is Status.REVOKED}
        for idx in range(64):
            standing = trust.standing(replace(_ref, idx=idx), iss=office.ISS, now=NOW)
            wanted = Status.REVOKED if idx in seen else marked.get(idx, Status.VALID)
            assert standing.status == wanted


_ref = office.credential().status
assert _ref is not None


def test_every_purpose_but_its_own_is_refused_for_lists() -> None:
    trust = office.trust()
    for by in ("licence", "badge", "code", "snapshot"):
        lists = (office.status_list(by=by),)
        with pytest.raises(CredentialError) as told:
            trust.with_snapshot(office.snapshot(*lists, version=8), lists, now=NOW)
        assert code_of(told) is Code.KEY_PURPOSE


def test_keys_that_have_ended_sign_no_lists_any_more() -> None:
    content = office.trust_list(keys=tuple(replace(r, verify_until=NOW + DAY) for r in office.KEYS))
    trust = office.trust(office.bundle(office.signed(content)))
    ref = office.credential().status
    assert ref is not None
    assert trust.standing(ref, iss=office.ISS, now=NOW + DAY - 1).status == Status.VALID
    with pytest.raises(CredentialError) as told:
        trust.standing(ref, iss=office.ISS, now=NOW + DAY)
    assert code_of(told) is Code.STATUS_UNKNOWN
