/** The modules without a page: what is told, institutions, the hand-held scanner, clock, dates, drawing. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { measured } from "../src/clock.js";
import { placeName } from "../src/codelists.js";
import { chinaDay, dayText, momentText, spanText } from "../src/dates.js";
import { WedgeReader, characterOf } from "../src/desk.js";
import { CredentialError, VerificationError, verdictOf } from "../src/errors.js";
import { matching, places } from "../src/institution.js";
import { describe, signInPath } from "../src/not_ours.js";
import { plan } from "../src/qr.js";
import { shownError, skewOf } from "../src/result.js";
import { visible } from "../src/shown_text.js";
import { WORDS } from "../src/words.js";

const REASONS = JSON.parse(readFileSync(new URL("../../../credential/reasons.json", import.meta.url), "utf-8"));

const about = { kind: "identity-code", iss: "https://x.example/i/1", iat: 1000, nbf: null, exp: 1030, cti: "00" };
const failed = (code, known = null) => new VerificationError(new CredentialError(code), { verdict: verdictOf(code), about: known, notices: [] });
const context = { text: "", now: 1050, content: null, here: "yz.example" };

test("every code of a verdict has a headline, a tone and words in both languages", () => {
  for (const [code, { step, verdict }] of Object.entries(REASONS)) {
    if (step === "issue" || step === "notice") continue;
    const shown = shownError(failed(code), context);
    assert.ok(shown.headline.zh && shown.headline.en && shown.word.zh && shown.word.en, code);
    if (verdict === "undetermined") assert.equal(shown.tone, "unknown", code);
    assert.notEqual(shown.tone, "good");
    assert.notEqual(shown.tone, "caution");
    assert.ok(!JSON.stringify(shown).includes("不得执业"), code);
  }
});

test("the words of the page are there in both languages", () => {
  for (const [word, { zh, en }] of Object.entries(WORDS)) {
    assert.ok(zh && en, word);
    assert.deepEqual(zh.match(/\{\w\}/g)?.sort(), en.match(/\{\w\}/g)?.sort(), word);
    assert.ok(!zh.includes("不得执业"));
  }
});

test("a code that is late by no more than 120 s may be the clock's fault", () => {
  assert.deepEqual(skewOf(failed("CODE_EXPIRED", about), 1042.2), { fast: true, seconds: 13 });
  assert.deepEqual(skewOf(failed("CODE_EXPIRED", about), 1150), { fast: true, seconds: 120 });
  assert.equal(skewOf(failed("CODE_EXPIRED", about), 1150.1), null);
  assert.deepEqual(skewOf(failed("ISSUED_IN_FUTURE", about), 990), { fast: false, seconds: 10 });
  assert.deepEqual(skewOf(failed("NOT_YET_VALID", { ...about, nbf: 1020 }), 990), { fast: false, seconds: 30 });
  assert.equal(skewOf(failed("EXPIRED", { ...about, kind: "licence" }), 1042), null);
  assert.equal(skewOf(failed("SIGNATURE_INVALID"), 1042), null);
});

test("an unknown key under a stale snapshot is not called a forgery", () => {
  const stale = new VerificationError(new CredentialError("KEY_UNKNOWN"), { verdict: "undetermined", about: null, notices: [] });
  assert.equal(shownError(stale, context).tone, "unknown");
  assert.equal(shownError(failed("KEY_UNKNOWN"), context).tone, "bad");
});

const licence = {
  institution: "示范市第一人民医院",
  scopes: ["内科专业"],
  filings: [
    { institution: "示范市第二医院", scopes: ["内科专业"], begins: "2026-01-01", ends: "2026-12-31" },
    { institution: "Ｄｅｍｏ Clinic", scopes: ["外科专业"], begins: "2027-01-01", ends: "2027-06-30" },
  ],
};

test("institutions of a licence by day: both days inclusive", () => {
  const standing = (today) => places(licence, today).map((place) => place.standing);
  assert.deepEqual(standing("2025-12-31"), ["today", "not-yet", "not-yet"]);
  assert.deepEqual(standing("2026-01-01"), ["today", "today", "not-yet"]);
  assert.deepEqual(standing("2026-12-31"), ["today", "today", "not-yet"]);
  assert.deepEqual(standing("2027-01-01"), ["today", "over", "today"]);
});

test("typing filters the institutions, whatever the width and case", () => {
  const found = (typed) => matching(places(licence, "2026-06-01"), typed).map((place) => place.institution);
  assert.equal(found("").length, 3);
  assert.deepEqual(found("第二"), ["示范市第二医院"]);
  assert.deepEqual(found("demo ＣＬＩＮＩＣ"), ["Ｄｅｍｏ Clinic"]);
  assert.deepEqual(found("第三"), []);
});

/** The keys a scanner presses for `text`, `pace` ms apart. */
function keys(text, pace, changes = {}) {
  let at = 1000;
  return [...text].map((character) => {
    at += pace;
    const shiftKey = /[A-Z:#?]/.test(character);
    const code = /[a-z]/i.test(character) ? `Key${character.toUpperCase()}`
      : /\d/.test(character) ? `Digit${character}`
      : { "/": "Slash", ":": "Semicolon", "#": "Digit3", ".": "Period", "-": "Minus" }[character];
    return { code, key: character, shiftKey, isComposing: false, capsLock: false, timeStamp: at, ...changes };
  });
}
const enter = (after, changes = {}) => ({ code: "Enter", key: "Enter", shiftKey: false, isComposing: false, capsLock: false, timeStamp: after.at(-1).timeStamp + 5, ...changes });
const LINK = "https://yz.example/v#13049696372";

test("a hand-held scanner: the field's value counts, Enter ends it", () => {
  const reader = new WedgeReader();
  const pressed = keys(LINK, 5);
  for (const key of pressed) assert.equal(reader.take(key, ""), null);
  assert.equal(reader.take(enter(pressed), LINK), LINK);
  assert.equal(reader.take(enter(pressed), ""), null);
});

test("a hand-held scanner under a Chinese input method: the keys count, not what became of them", () => {
  const reader = new WedgeReader();
  const pressed = keys(LINK, 5, { key: "Process", isComposing: true });
  for (const key of pressed) assert.equal(reader.take(key, "和田"), null);
  assert.equal(reader.take(enter(pressed, { key: "Process", isComposing: true }), "和田铺手：、、yz"), LINK);
});

test("a person's Enter into an input method ends nothing", () => {
  const reader = new WedgeReader();
  const pressed = keys("shifanshidiyi", 180, { key: "Process", isComposing: true });
  for (const key of pressed) reader.take(key, "");
  assert.equal(reader.take(enter(pressed, { key: "Process", isComposing: true }), "shifan"), null);
  // The Enter after it, outside of the input method, does.
  assert.equal(reader.take(enter(pressed), "示范"), "示范");
});

test("keys by their place on the keyboard", () => {
  const at = (code, shiftKey = false, capsLock = false) => characterOf({ code, shiftKey, capsLock });
  assert.equal([at("KeyA"), at("KeyA", true), at("KeyA", false, true), at("KeyA", true, true)].join(""), "aAAa");
  assert.equal(["Digit3", "Digit4", "Digit5", "Digit8"].map((code) => at(code, true)).join(""), "#$%*");
  assert.equal([at("Semicolon", true), at("Slash"), at("Period"), at("Equal", true), at("Space"), at("Numpad7")].join(""), ":/.+ 7");
  assert.equal(at("ShiftLeft"), "");
});

test("an offset is measured from a quick answer only", () => {
  assert.deepEqual(measured(1000, { asked: 1000.2, answered: 1000.6 }), { offsetS: 0, measuredAt: 1000.6 });
  assert.deepEqual(measured(1000, { asked: 1031, answered: 1031.4 }), { offsetS: -31, measuredAt: 1031.4 });
  assert.deepEqual(measured(1000, { asked: 910, answered: 910.2 })?.offsetS, 90);
  assert.equal(measured(1000, { asked: 1000, answered: 1005 }), null);
});

test("days and times are China's", () => {
  assert.equal(chinaDay(1_795_312_800), "2026-11-22");
  assert.equal(momentText(1_795_312_800).zh, "2026年11月22日 10:00");
  assert.equal(chinaDay(1_795_276_799), "2026-11-21");
  assert.equal(chinaDay(1_795_276_800), "2026-11-22");
  assert.equal(dayText("2024-02-29").en, "29 February 2024");
  assert.deepEqual([13, 119, 120, 7200, 172_800].map((s) => spanText(s).zh), ["13 秒", "119 秒", "2 分钟", "2 小时", "2 天"]);
});

test("places by two and by six digits", () => {
  assert.equal(placeName(11).zh, "北京市");
  assert.equal(placeName(110_105).zh, "北京市朝阳区");
  assert.equal(placeName(320_102).zh, "江苏省南京市玄武区");
});

test("what hides or moves characters is shown as its number", () => {
  assert.equal(visible("甲\u202e示\u200b例"), "甲⟦U+202E⟧示⟦U+200B⟧例");
  assert.equal(visible("阿卜杜拉·买买提"), "阿卜杜拉·买买提");
});

test("what is not ours is named, and never opened", () => {
  assert.match(describe("https://evil.example/path?x").what.zh, /网址（evil\.example），未打开/);
  assert.equal(describe("https://other.example/v#123").host, "other.example");
  assert.equal(describe("BEGIN:VCARD\nFN:x").what.zh, "电子名片");
});

test("a code of nothing is not drawn, and what is too long is named", () => {
  assert.throws(() => plan("", "licence"), RangeError);
  assert.throws(() => plan("医".repeat(2000), "licence"), { code: "TEXT_TOO_LONG" });
});

test("only this service's own sign-in is an address that may be opened", () => {
  const [origin, ticket] = ["https://yz.example", "A".repeat(20) + "-_"];
  assert.equal(signInPath(`${origin}/login/${ticket}`, origin), `/login/${ticket}`);
  for (const other of [
    `https://elsewhere.example/login/${ticket}`, `${origin}.elsewhere.example/login/${ticket}`, `http://yz.example/login/${ticket}`,
    `${origin}/login/${ticket}A`, `${origin}/login/${ticket.slice(1)}`, `${origin}/login/../${ticket}`, `${origin}/login/${ticket}?next=/x`,
    `${origin}/v#${ticket}`, ` ${origin}/login/${ticket}`, "",
  ]) assert.equal(signInPath(other, origin), null, other);
});
