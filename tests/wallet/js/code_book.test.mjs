// The page's half of the code book does what Python does: same bytes for every code, same refusals, same clock.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { contact, show, wentOn, woke } from "../../../wallet/web/js/book_clock.js";
import { BookError, openBook } from "../../../wallet/web/js/code_book.js";

const file = new URL("../../vectors/code-book.json", import.meta.url);
const vectors = JSON.parse(readFileSync(file, "utf-8"));
const bytes = (hex) => Uint8Array.from(Buffer.from(hex, "hex"));
const hex = (data) => Buffer.from(data).toString("hex");
const sha256 = (data) => createHash("sha256").update(data).digest("hex");

test("every code is rebuilt byte for byte", async () => {
  const book = await openBook(bytes(vectors.book));
  assert.equal(book.length, vectors.count);
  assert.equal(book.length, 360);
  assert.deepEqual([book.start, book.end], [vectors.start, vectors.end]);
  assert.equal(hex(book.bookId), vectors.book_id);
  assert.equal(hex(book.message(0)), vectors.first);
  assert.equal(hex(book.message(book.length - 1)), vectors.last);
  const digests = Array.from({ length: book.length }, (_, index) => sha256(book.message(index)));
  assert.deepEqual(digests, vectors.sha256);
  assert.equal(new Set(digests).size, 360);
});

test("a code outside the book is asked for in vain", async () => {
  const book = await openBook(bytes(vectors.book));
  for (const index of [-1, 360, 0.5, NaN]) assert.throws(() => book.message(index), RangeError);
  assert.equal(book.indexAt(book.start - 0.001), null);
  assert.equal(book.indexAt(book.start), 0);
  assert.equal(book.indexAt(book.start + 19.999), 0);
  assert.equal(book.indexAt(book.start + 20), 1);
  assert.equal(book.indexAt(book.end - 0.001), 359);
  assert.equal(book.indexAt(book.end), null);
  assert.equal(book.indexAt(NaN), null);
});

test("a book with any byte changed is refused", async () => {
  const good = bytes(vectors.book);
  await openBook(good);
  const places = [...Array(700).keys(), ...Array.from({ length: 400 }, (_, i) => good.length - 1 - i * 60)];
  for (const place of places) {
    const bad = good.slice();
    bad[place] ^= 1 << place % 8;
    await assert.rejects(openBook(bad), { name: "BookError", code: "BOOK_MALFORMED" });
  }
  assert.ok(places.length > 1000);
});

for (const { name, book, reason } of vectors.refused) {
  test(`refused: ${name}`, async () => {
    await assert.rejects(openBook(bytes(book)), (error) => {
      assert.ok(error instanceof BookError);
      assert.equal(error.message, reason);
      return true;
    });
  });
}

for (const { name, steps } of vectors.clock) {
  test(`clock: ${name}`, async () => {
    const book = await openBook(bytes(vectors.book));
    let clock;
    for (const { rule, wall, steady, issuer, shown } of steps) {
      const reading = { wall, steady };
      if (rule === "contact") clock = contact(issuer, reading);
      else clock = (rule === "went_on" ? wentOn : woke)(JSON.parse(JSON.stringify(clock)), reading);
      const now = show(book, clock);
      if (shown.refused) {
        assert.deepEqual(now, shown);
        continue;
      }
      assert.equal(now.index, shown.index);
      assert.equal(now.notice, shown.notice);
      assert.ok(Math.abs(now.nextInS - shown.next_in_s) < 0.01);
      assert.ok(Math.abs(now.lastsS - shown.lasts_s) < 0.01);
      assert.equal(sha256(now.message), vectors.sha256[shown.index]);
    }
  });
}
