"""What an issuer must remember: which status entry belongs to which credential, and its state.

Entries of a list are drawn at random and never given twice; a unique constraint, not a check,
sees to that. `MemoryLedger` and `FileLedger` are the same tables in memory and in a file.
A registry with a database of its own offers the same methods over it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from credential.claims import DAY_S, Kind, StatusRef
from credential.errors import Code, CredentialError
from credential.status_list import ENTRIES, Status

LIST_OPEN_S: Final = 90 * DAY_S
"""Nothing is allocated in a list older than this, so that lists end."""
FILL_LIMIT: Final = ENTRIES * 9 // 10
"""A list with this many entries is full: beyond it, drawing a free one takes too many tries."""


class Action(StrEnum):
    """What may be done to a credential's status."""

    REVOKE = "revoke"
    SUSPEND = "suspend"
    RESUME = "resume"
    SUPERSEDE = "supersede"


# From which states an action is open, and the state it leads to. Revoked is final.
_TRANSITIONS: Final = {
    Action.REVOKE: ({Status.VALID, Status.SUSPENDED, Status.SUPERSEDED}, Status.REVOKED),
    Action.SUSPEND: ({Status.VALID}, Status.SUSPENDED),
    Action.RESUME: ({Status.SUSPENDED}, Status.VALID),
    Action.SUPERSEDE: ({Status.VALID, Status.SUSPENDED}, Status.SUPERSEDED),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One credential with a status entry. Times are seconds UTC."""

    cti: bytes
    kind: Kind
    ref: StatusRef
    exp: int
    status: Status


@dataclass(frozen=True, slots=True)
class OpenList:
    """A status list of one issuer that still has unexpired credentials."""

    uri: str
    iss: str


class Ledger(Protocol):
    """What publishing and issuing ask of a ledger."""

    def allocate(
        self,
        *,
        iss: str,
        cti: bytes,
        kind: Kind,
        iat: int,
        exp: int,
        new_list: Callable[[int], str],
    ) -> Entry:
        """The entry of the credential ``cti``, a free one unless it has one; ``new_list`` names list n."""

    def allocate_all(
        self,
        wanted: Sequence[tuple[bytes, Kind]],
        *,
        iss: str,
        iat: int,
        exp: int,
        new_list: Callable[[int], str],
    ) -> list[Entry]:
        """The entries of many credentials (``cti``, kind) that all end at ``exp``, in one transaction."""

    def act(self, cti: bytes, action: Action) -> Entry:
        """The entry after ``action``; ``CREDENTIAL_UNKNOWN`` or ``STATUS_FINAL``."""

    def open_list(self, *, iss: str, iat: int, new_list: Callable[[int], str]) -> str:
        """The URI of the list that ``iss`` allocates from at ``iat``, opened if need be."""

    def lists(self, *, now: int) -> list[OpenList]:
        """The lists that are still open, or have a credential that expires after ``now``."""

    def marks(self, uri: str) -> dict[int, Status]:
        """The entries of a list that are not valid."""

    def next_snapshot(self) -> int:
        """A number that never comes twice, one more than the last."""


class FileLedger:
    """A ledger in one SQLite file. Safe for several processes: each action is one transaction."""

    def __init__(self, path: Path | str, *, draw: Callable[[int], int]) -> None:
        """``draw(n)`` gives a random number below n."""
        self._draw = draw
        self._db = sqlite3.connect(path, timeout=30, isolation_level=None)
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        self._db.close()

    def open_list(self, *, iss: str, iat: int, new_list: Callable[[int], str]) -> str:
        with self._transaction():
            return self._open_list(iss, iat, new_list)[0]

    def allocate(
        self,
        *,
        iss: str,
        cti: bytes,
        kind: Kind,
        iat: int,
        exp: int,
        new_list: Callable[[int], str],
    ) -> Entry:
        (entry,) = self.allocate_all([(cti, kind)], iss=iss, iat=iat, exp=exp, new_list=new_list)
        return entry

    def allocate_all(
        self,
        wanted: Sequence[tuple[bytes, Kind]],
        *,
        iss: str,
        iat: int,
        exp: int,
        new_list: Callable[[int], str],
    ) -> list[Entry]:
        entries: list[Entry] = []
        with self._transaction():
            while len(entries) < len(wanted):
                uri, room = self._open_list(iss, iat, new_list)
                rest = wanted[len(entries) : len(entries) + room]
                drawn = [self._entry(uri, cti, kind, exp) for cti, kind in rest]
                added = sum(is_new for _, is_new in drawn)
                self._db.execute("UPDATE list SET used = used + ? WHERE uri = ?", (added, uri))
                entries += [entry for entry, _ in drawn]
        return entries

    def _entry(self, uri: str, cti: bytes, kind: Kind, exp: int) -> tuple[Entry, bool]:
        """The entry of ``cti``, and whether it is new: a free one of list ``uri`` unless it has one."""
        while True:
            idx = self._draw(ENTRIES)
            added = self._db.execute(
                "INSERT INTO entry (uri, idx, cti, kind, exp, status) VALUES (?,?,?,?,?,?)"
                " ON CONFLICT DO NOTHING",
                (uri, idx, cti, int(kind), exp, int(Status.VALID)),
            )
            if added.rowcount == 1:
                return Entry(cti, kind, StatusRef(idx, uri), exp, Status.VALID), True
            if (known := self._find(cti)) is not None:
                return known, False

    def act(self, cti: bytes, action: Action) -> Entry:
        allowed, after = _TRANSITIONS[action]
        with self._transaction():
            entry = self.find(cti)
            if entry.status == after:
                return entry  # asked twice, done once
            if entry.status not in allowed:
                raise CredentialError(Code.STATUS_FINAL, entry.status.name.lower())
            self._db.execute("UPDATE entry SET status = ? WHERE cti = ?", (int(after), cti))
            return self.find(cti)

    def find(self, cti: bytes) -> Entry:
        """The entry of a credential; ``CREDENTIAL_UNKNOWN``."""
        entry = self._find(cti)
        if entry is None:
            raise CredentialError(Code.CREDENTIAL_UNKNOWN, cti.hex())
        return entry

    def unexpired(self, *, now: int) -> list[bytes]:
        """The credentials, by their cti, that a verifier may still take."""
        rows = self._db.execute("SELECT cti FROM entry WHERE exp > ? ORDER BY cti", (now,))
        return [bytes(row[0]) for row in rows]

    def lists(self, *, now: int) -> list[OpenList]:
        rows = self._db.execute(
            "SELECT uri, iss FROM list WHERE opened > ? OR EXISTS"
            " (SELECT 1 FROM entry WHERE entry.uri = list.uri AND exp > ?) ORDER BY number",
            (now - LIST_OPEN_S, now),
        )
        return [OpenList(uri, iss) for uri, iss in rows]

    def marks(self, uri: str) -> dict[int, Status]:
        rows = self._db.execute(
            "SELECT idx, status FROM entry WHERE uri = ? AND status <> 0", (uri,)
        )
        return {idx: Status(status) for idx, status in rows}

    def next_snapshot(self) -> int:
        with self._transaction():
            self._db.execute("UPDATE counter SET snapshot = snapshot + 1")
            return int(self._db.execute("SELECT snapshot FROM counter").fetchone()[0])

    def _find(self, cti: bytes) -> Entry | None:
        row = self._db.execute(
            "SELECT kind, uri, idx, exp, status FROM entry WHERE cti = ?", (cti,)
        ).fetchone()
        if row is None:
            return None
        kind, uri, idx, exp, status = row
        return Entry(cti, Kind(kind), StatusRef(idx, uri), exp, Status(status))

    def _open_list(self, iss: str, iat: int, new_list: Callable[[int], str]) -> tuple[str, int]:
        """The list to allocate from, opened if need be, and how many entries it still takes."""
        row = self._db.execute(
            "SELECT uri, used FROM list WHERE iss = ? AND opened > ? AND used < ?"
            " ORDER BY number DESC LIMIT 1",
            (iss, iat - LIST_OPEN_S, FILL_LIMIT),
        ).fetchone()
        if row is not None:
            return str(row[0]), FILL_LIMIT - int(row[1])
        number = self._db.execute("SELECT coalesce(max(number), 0) + 1 FROM list").fetchone()[0]
        uri = new_list(number)
        self._db.execute(
            "INSERT INTO list (number, uri, iss, opened) VALUES (?,?,?,?)", (number, uri, iss, iat)
        )
        return uri, FILL_LIMIT

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


class MemoryLedger(FileLedger):
    """The same ledger in memory, for tests and for a try."""

    def __init__(self, *, draw: Callable[[int], int]) -> None:
        super().__init__(":memory:", draw=draw)


_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS list (
    number INTEGER PRIMARY KEY,
    uri    TEXT NOT NULL UNIQUE,
    iss    TEXT NOT NULL,
    opened INTEGER NOT NULL,
    used   INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS entry (
    cti    BLOB PRIMARY KEY,
    uri    TEXT NOT NULL REFERENCES list (uri),
    idx    INTEGER NOT NULL,
    kind   INTEGER NOT NULL,
    exp    INTEGER NOT NULL,
    status INTEGER NOT NULL,
    UNIQUE (uri, idx)
);
CREATE INDEX IF NOT EXISTS entry_not_valid ON entry (uri) WHERE status <> 0;
CREATE INDEX IF NOT EXISTS entry_exp ON entry (uri, exp);
CREATE TABLE IF NOT EXISTS counter (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    snapshot INTEGER NOT NULL
);
INSERT OR IGNORE INTO counter VALUES (1, 0);
"""
