"""Which code of a code book (脱网码包) to show now, without a network to ask.

* Issuer's time is the device's wall clock plus the offset measured at the last contact.
* The wall clock may be set. A steady clock beside it (it counts on, whoever sets the time) tells: while the
  page was in sight, both must have gone the same way, else the wall clock was set. A device that slept or
  reloaded has no such witness; there a wall clock that went back was set, one that went on is believed.
* A clock that was set is said aloud (时间未核对) until the next contact. The code is shown all the same: a
  wrong one is refused by the verifier, which has a clock of its own.

Times are seconds; the page does the same in JavaScript (``web/js``), and both are held to one set of vectors.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from credential.code_book import EVERY_S, CodeBook
from credential.envelope import CoseBytes
from wallet.errors import Code, WalletError

SLACK_S: Final = 2.0
"""By how much two clocks of one device may differ before one of them was set."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Both clocks of the device at one moment: ``wall`` since 1970, ``steady`` since some start."""

    wall: float
    steady: float


@dataclass(frozen=True, slots=True)
class Clock:
    """What a device knows of time: ``offset`` is issuer's time less wall clock, ``seen`` its last reading."""

    offset: float
    seen: Reading
    checked: bool = True

    def now(self) -> float:
        """Issuer's time at the last reading."""
        return self.seen.wall + self.offset


@dataclass(frozen=True, slots=True)
class Shown:
    """What to show: a slice, seconds until the next one, seconds until the book ends, and whether the
    page must say that the time is unchecked."""

    index: int
    message: CoseBytes
    next_in_s: float
    lasts_s: float
    notice: Code | None


def contact(issuer_time: float, reading: Reading) -> Clock:
    """The clock after an answer of the issuer's service that was signed at ``issuer_time``."""
    return Clock(issuer_time - reading.wall, reading)


def went_on(clock: Clock, reading: Reading) -> Clock:
    """The clock after a reading while the page stayed in sight."""
    drift = (reading.wall - clock.seen.wall) - (reading.steady - clock.seen.steady)
    return replace(clock, seen=reading, checked=clock.checked and abs(drift) <= SLACK_S)


def woke(clock: Clock, reading: Reading) -> Clock:
    """The clock after a reading when the page came into sight again, or was opened anew."""
    back = clock.seen.wall - reading.wall
    return replace(clock, seen=reading, checked=clock.checked and back <= SLACK_S)


def show(book: CodeBook, clock: Clock) -> Shown:
    """The code to show at the clock's last reading; ``BOOK_NOT_STARTED`` or ``BOOK_OVER``."""
    now = clock.now()
    index = book.index_at(now)
    if index is None:
        raise WalletError(Code.BOOK_NOT_STARTED if now < book.start else Code.BOOK_OVER)
    ends = book.end if index == len(book) - 1 else book.starts_at(index) + EVERY_S
    return Shown(
        index=index,
        message=book.message(index),
        next_in_s=ends - now,
        lasts_s=book.end - now,
        notice=None if clock.checked else Code.CLOCK_UNCHECKED,
    )
