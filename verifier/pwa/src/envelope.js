/**
 * What a QR code holds: a COSE message in the bare or in the link form, read.
 *
 * bare: `base45(zlib(COSE_Sign1))` with no prefix (RFC 9285, RFC 1950). Any Claim 169 reader takes it.
 * link: `https://HOST/v#` and decimal digits, the integer whose big-endian bytes are `01 ‖ zlib(COSE_Sign1)`.
 *
 * A reader takes both for every kind, trims nothing, and follows no address: a link whose host is not in the
 * trust list is not ours.
 */

import { CredentialError } from "./errors.js";
import { inflate } from "./inflate.js";

export const MAX_TEXT_CHARS = 4296;
const MAX_COSE_BYTES = 16 * 1024;

const VERSION = 1;
const LINK = /^https:\/\/([^/#]+)\/v#(.*)$/s;
const DIGITS = /^[1-9][0-9]*$/;
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
// The zlib headers 78 01, 78 5E, 78 9C and 78 DA in base45.
const ZLIB_HEADERS = [0x01, 0x5e, 0x9c, 0xda].map((level) => {
  const value = 0x7800 + level;
  return ALPHABET[value % 45] + ALPHABET[Math.floor(value / 45) % 45] + ALPHABET[Math.floor(value / 2025)];
});

/**
 * The COSE message in `text`; links are taken for `hosts` only. `SIZE_LIMIT`, `QR_NOT_OURS`,
 * `VERSION_UNSUPPORTED`, `B45_INVALID`, `ZLIB_INVALID`.
 * @param {string} text
 * @param {readonly string[]} hosts
 */
export function unwrap(text, hosts) {
  if (characters(text) > MAX_TEXT_CHARS) throw new CredentialError("SIZE_LIMIT");
  const found = LINK.exec(text);
  if (found) {
    if (!hosts.includes(found[1])) throw new CredentialError("QR_NOT_OURS");
    return message(fromDigits(found[2]));
  }
  if (!ZLIB_HEADERS.some((start) => text.startsWith(start))) throw new CredentialError("QR_NOT_OURS");
  return message(fromBase45(text));
}

/** The host of a text in the link form, else null. @param {string} text */
export function linkHost(text) {
  return LINK.exec(text)?.[1] ?? null;
}

/** Whether `text` has one of the two forms, whatever its host or content. @param {string} text */
export function looksLikeOurs(text) {
  return LINK.test(text) || ZLIB_HEADERS.some((start) => text.startsWith(start));
}

/**
 * The bytes in a base45 text, read as strictly as RFC 9285 asks; `B45_INVALID`.
 * @param {string} text
 */
export function fromBase45(text) {
  const values = Array.from(text, (character) => ALPHABET.indexOf(character));
  if (!values.length || values.includes(-1) || values.length % 3 === 1) throw new CredentialError("B45_INVALID");
  const bytes = new Uint8Array(Math.floor((values.length * 2) / 3));
  let at = 0;
  for (let i = 0; i < values.length; i += 3) {
    const whole = i + 2 < values.length;
    const value = values[i] + 45 * values[i + 1] + (whole ? 2025 * values[i + 2] : 0);
    if (value > (whole ? 0xffff : 0xff)) throw new CredentialError("B45_INVALID");
    if (whole) bytes[at++] = value >> 8;
    bytes[at++] = value & 0xff;
  }
  return bytes;
}

/** @param {string} digits */
function fromDigits(digits) {
  if (!DIGITS.test(digits)) throw new CredentialError("QR_NOT_OURS");
  const hex = BigInt(digits).toString(16);
  const even = hex.length % 2 ? `0${hex}` : hex;
  const body = new Uint8Array(even.length / 2);
  for (let i = 0; i < body.length; i++) body[i] = parseInt(even.slice(2 * i, 2 * i + 2), 16);
  if (body[0] !== VERSION) throw new CredentialError("VERSION_UNSUPPORTED", String(body[0]));
  return body.subarray(1);
}

/** @param {Uint8Array} packed */
function message(packed) {
  return inflate(packed, { limit: MAX_COSE_BYTES, fault: "ZLIB_INVALID" });
}

/** How many characters (not UTF-16 units) a text has. @param {string} text */
function characters(text) {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
