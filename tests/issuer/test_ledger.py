"""The ledger: an entry is given once, whatever races; a status moves only as it may."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from credential.claims import Kind
from credential.errors import CredentialError
from credential.status_list import Status
from issuer import ledger as ledger_module
from issuer.ledger import LIST_OPEN_S, Action, FileLedger, MemoryLedger
from tests.office import DAY, ISS, NOW, OTHER_ISS


def uri(number: int) -> str:
    return f"https://yz.example/s/{number}"


def allocate(
    ledger: FileLedger, cti: bytes, *, iss: str = ISS, iat: int = NOW, exp: int = NOW + 365 * DAY
) -> str:
    entry = ledger.allocate(iss=iss, cti=cti, kind=Kind.LICENCE, iat=iat, exp=exp, new_list=uri)
    return entry.ref.uri


def memory(seed: int = 1) -> MemoryLedger:
    return MemoryLedger(draw=random.Random(seed).randrange)


def test_entries_are_drawn_at_random_and_never_given_twice() -> None:
    chance = random.Random(1)
    few = MemoryLedger(draw=lambda _size: chance.randrange(50))
    refs = [
        few.allocate(
            iss=ISS, cti=bytes([n]), kind=Kind.BADGE, iat=NOW, exp=NOW + DAY, new_list=uri
        ).ref
        for n in range(50)
    ]
    assert sorted(ref.idx for ref in refs) == list(range(50))
    assert [ref.idx for ref in refs] != sorted(ref.idx for ref in refs)


def test_a_credential_asked_for_again_keeps_its_entry() -> None:
    ledger = memory()
    first = ledger.allocate(
        iss=ISS, cti=b"a", kind=Kind.BADGE, iat=NOW, exp=NOW + DAY, new_list=uri
    )
    ledger.act(b"a", Action.SUSPEND)
    again = ledger.allocate(
        iss=ISS, cti=b"a", kind=Kind.BADGE, iat=NOW + 9, exp=NOW + 9 * DAY, new_list=uri
    )
    assert (again.ref, again.exp, again.status) == (first.ref, first.exp, Status.SUSPENDED)
    assert ledger.marks(uri(1)) == {first.ref.idx: Status.SUSPENDED}


def test_each_authority_has_its_own_lists() -> None:
    ledger = memory()
    assert allocate(ledger, b"a") == allocate(ledger, b"b") == uri(1)
    assert allocate(ledger, b"c", iss=OTHER_ISS) == uri(2)
    assert [(each.uri, each.iss) for each in ledger.lists(now=NOW)] == [
        (uri(1), ISS),
        (uri(2), OTHER_ISS),
    ]


def test_a_list_is_closed_after_ninety_days_and_when_it_is_full(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ledger = memory()
    allocate(ledger, b"a")
    assert allocate(ledger, b"b", iat=NOW + LIST_OPEN_S - 1) == uri(1)
    assert allocate(ledger, b"c", iat=NOW + LIST_OPEN_S) == uri(2)
    monkeypatch.setattr(ledger_module, "FILL_LIMIT", 2)
    assert allocate(ledger, b"d", iat=NOW + LIST_OPEN_S) == uri(2)
    assert allocate(ledger, b"e", iat=NOW + LIST_OPEN_S) == uri(3)


def test_a_list_leaves_when_its_last_credential_has_ended() -> None:
    ledger = memory()
    allocate(ledger, b"a", exp=NOW + 200 * DAY)
    assert len(ledger.lists(now=NOW + 200 * DAY - 1)) == 1
    assert ledger.lists(now=NOW + 200 * DAY) == []


ALLOWED = {
    (Status.VALID, Action.REVOKE): Status.REVOKED,
    (Status.VALID, Action.SUSPEND): Status.SUSPENDED,
    (Status.VALID, Action.SUPERSEDE): Status.SUPERSEDED,
    (Status.VALID, Action.RESUME): Status.VALID,
    (Status.SUSPENDED, Action.REVOKE): Status.REVOKED,
    (Status.SUSPENDED, Action.RESUME): Status.VALID,
    (Status.SUSPENDED, Action.SUPERSEDE): Status.SUPERSEDED,
    (Status.SUSPENDED, Action.SUSPEND): Status.SUSPENDED,
    (Status.SUPERSEDED, Action.REVOKE): Status.REVOKED,
    (Status.SUPERSEDED, Action.SUPERSEDE): Status.SUPERSEDED,
    (Status.REVOKED, Action.REVOKE): Status.REVOKED,
}
WAY = {
    Status.VALID: None,
    Status.SUSPENDED: Action.SUSPEND,
    Status.SUPERSEDED: Action.SUPERSEDE,
    Status.REVOKED: Action.REVOKE,
}


@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("status", list(Status))
def test_every_action_from_every_status(status: Status, action: Action) -> None:
    ledger = memory()
    allocate(ledger, b"a")
    way = WAY[status]
    if way is not None:
        ledger.act(b"a", way)
    if (status, action) in ALLOWED:
        assert ledger.act(b"a", action).status is ALLOWED[status, action]
    else:
        with pytest.raises(CredentialError, match="STATUS_FINAL"):
            ledger.act(b"a", action)
        assert ledger.find(b"a").status is status
    assert set(ledger.marks(uri(1)).values()) == {ledger.find(b"a").status} - {Status.VALID}


def test_an_unknown_credential_is_named() -> None:
    with pytest.raises(CredentialError, match="CREDENTIAL_UNKNOWN:6162"):
        memory().act(b"ab", Action.REVOKE)


def test_snapshot_numbers_never_come_twice(tmp_path: Path) -> None:
    numbers = []
    for _ in range(3):
        ledger = FileLedger(tmp_path / "ledger", draw=random.randrange)
        numbers += [ledger.next_snapshot(), ledger.next_snapshot()]
        ledger.close()
    assert numbers == [1, 2, 3, 4, 5, 6]


def test_fifty_threads_and_two_processes_never_share_an_entry(tmp_path: Path) -> None:
    """So few entries are drawn from that they would collide at once if nothing prevented it."""
    path = tmp_path / "ledger"
    FileLedger(path, draw=random.randrange).close()
    script = (
        "import sys, random; sys.path.insert(0, '.');"
        "from issuer.ledger import FileLedger; from credential.claims import Kind\n"
        "ledger = FileLedger(sys.argv[1], draw=lambda n: random.randrange(120))\n"
        "for n in range(25): ledger.allocate(iss='i', cti=f'{sys.argv[2]}{n}'.encode(), kind=Kind.BADGE,"
        " iat=1, exp=9**9, new_list=lambda n: 'u')"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", script, str(path), name]) for name in ("a", "b")
    ]
    faults: list[BaseException] = []

    def one(number: int) -> None:
        try:
            ledger = FileLedger(path, draw=lambda _n: random.randrange(120))
            ledger.allocate(
                iss="i",
                cti=f"t{number}".encode(),
                kind=Kind.BADGE,
                iat=1,
                exp=9**9,
                new_list=lambda _n: "u",
            )
            ledger.close()
        except BaseException as error:  # noqa: BLE001 - told by the assertion below
            faults.append(error)

    threads = [threading.Thread(target=one, args=(n,)) for n in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [process.wait(60) for process in processes] == [0, 0]
    assert faults == []
    ledger = FileLedger(path, draw=random.randrange)
    entries = ledger._db.execute("SELECT uri, idx FROM entry").fetchall()
    assert len(entries) == len(set(entries)) == 100
