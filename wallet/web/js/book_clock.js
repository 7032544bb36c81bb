// Which code of a book to show now, without a network to ask: the twin of wallet/book.py, where the rules stand.
//
// A reading is `{wall, steady}` in seconds: Date.now() / 1000 and performance.now() / 1000. A clock is plain
// data, `{offset, seen, checked}`, so that the page can keep it over a reload.

import { EVERY_S } from "./code_book.js";

export const SLACK_S = 2;

/** The clock after an answer of the issuer's service that was signed at `issuerTime`. */
export function contact(issuerTime, reading) {
  return { offset: issuerTime - reading.wall, seen: reading, checked: true };
}

/** The clock after a reading while the page stayed in sight. */
export function wentOn(clock, reading) {
  const drift = reading.wall - clock.seen.wall - (reading.steady - clock.seen.steady);
  return { ...clock, seen: reading, checked: clock.checked && Math.abs(drift) <= SLACK_S };
}

/** The clock after a reading when the page came into sight again, or was opened anew. */
export function woke(clock, reading) {
  const back = clock.seen.wall - reading.wall;
  return { ...clock, seen: reading, checked: clock.checked && back <= SLACK_S };
}

/**
 * What to show at the clock's last reading: `{index, message, nextInS, lastsS, notice}`, `notice` null or
 * "CLOCK_UNCHECKED"; or `{refused}`: "BOOK_NOT_STARTED" or "BOOK_OVER".
 */
export function show(book, clock) {
  const now = clock.seen.wall + clock.offset;
  const index = book.indexAt(now);
  if (index === null) return { refused: now < book.start ? "BOOK_NOT_STARTED" : "BOOK_OVER" };
  const ends = index === book.length - 1 ? book.end : book.startsAt(index) + EVERY_S;
  return {
    index,
    message: book.message(index),
    nextInS: ends - now,
    lastsS: book.end - now,
    notice: clock.checked ? null : "CLOCK_UNCHECKED",
  };
}
