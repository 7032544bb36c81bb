/**
 * The one CBOR dialect of this system (RFC 8949), read.
 *
 * Read is deterministically encoded CBOR (section 4.2.1) and nothing else: the library alone takes duplicate
 * keys, lengths in more bytes than needed and bad UTF-8, so one walk over the bytes comes first, and the first
 * fault by offset gives the code. At one item the order of faults is:
 *
 *  1. CBOR_MALFORMED    cut off, reserved additional information, a break, a one-byte simple value in two
 *  2. CBOR_INDEFINITE   an indefinite length
 *  3. CBOR_NOT_MINIMAL  an integer or length in more bytes than needed
 *  4. CBOR_TAG          a tag, but for those in front of the outermost item
 *  5. CBOR_MALFORMED    a map key that is neither an integer nor a text
 *  6. CBOR_LIMIT        nested deeper than 8
 *  7. CBOR_MALFORMED    a length or count beyond the end
 *  8. CBOR_TEXT         text that is not UTF-8
 *  9. CBOR_DUPLICATE_KEY, CBOR_KEY_ORDER  found when a key has been read
 * 10. CBOR_TRAILING     bytes after the outermost item
 *
 * Decoded are integers (a bigint beyond 2^53), `Uint8Array`, texts, arrays, `Map`, booleans, null and
 * `Simple` for every other value of major type 7: 1.0 is not 1 here either.
 */

import { Token, Tokenizer, Type, decode as libraryDecode, encode as libraryEncode, rfc8949EncodeOptions } from "cborg";
import { compareBytes, fromUtf8, toHex } from "./bytes.js";
import { CredentialError } from "./errors.js";

const MAX_DEPTH = 8;

const [UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE] = [0, 1, 2, 3, 4, 5, 6, 7];
/** @type {Record<number, number>} */
const WIDTH = { 24: 1, 25: 2, 26: 4, 27: 8 };
/** @type {Record<number, bigint>} */
const LEAST = { 24: 24n, 25: 1n << 8n, 26: 1n << 16n, 27: 1n << 32n };

/** A float, undefined, or another simple value: nothing of ours, and equal to nothing. */
export class Simple {
  /** @param {Uint8Array} encoded */
  constructor(encoded) {
    this.encoded = encoded;
  }
}

/**
 * The deterministic encoding of integers, bytes, texts, arrays and maps of these.
 * @param {unknown} value
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function encode(value) {
  return libraryEncode(value, rfc8949EncodeOptions);
}

/**
 * The one item in `data`, which must be deterministically encoded and hold no tag.
 * @param {Uint8Array} data
 * @returns {unknown}
 */
export function decode(data) {
  walk(data, 0, { depth: 0, ordered: true });
  return load(data);
}

/**
 * The tags in front of the one item in `data`, outermost first, and the item. With `ordered: false` the order
 * of map keys is free: other people's messages need not be deterministic, but duplicate keys are refused there too.
 * @param {Uint8Array} data
 * @param {{ordered?: boolean}} [options]
 * @returns {{tags: bigint[], item: unknown}}
 */
export function decodeTagged(data, { ordered = true } = {}) {
  const { tags, start } = leadingTags(data);
  walk(data, start, { depth: tags.length, ordered });
  return { tags, item: load(data.subarray(start)) };
}

/** @param {Uint8Array} data @returns {unknown} */
function load(data) {
  try {
    return libraryDecode(data, { tokenizer: new StrictTokenizer(data), useMaps: true, rejectDuplicateMapKeys: true });
  } catch (error) {
    throw new CredentialError("CBOR_MALFORMED", "", error instanceof Error ? error.message : "");
  }
}

/** The library's, but for texts, whose byte order mark is kept, and for floats and simple values. */
class StrictTokenizer extends Tokenizer {
  /** @param {Uint8Array} data */
  constructor(data) {
    super(data, { allowBigInt: true });
    this._pos = 0;
  }

  /** @override */
  next() {
    const first = this.data[this._pos];
    const major = first >> 5;
    if (major === TEXT) {
      const { argument, end } = head(this.data, this._pos);
      const length = end - this._pos + Number(argument);
      const token = new Token(Type.string, fromUtf8(this.data.subarray(end, this._pos + length)), length);
      this._pos += length;
      return token;
    }
    if (major === SIMPLE && (first < 0xf4 || first > 0xf6)) {
      const { end } = head(this.data, this._pos);
      const token = new Token(Type.undefined, new Simple(this.data.slice(this._pos, end)), end - this._pos);
      this._pos = end;
      return token;
    }
    return super.next();
  }
}

/** The tags in front of the outermost item, and the offset behind them. @param {Uint8Array} data */
function leadingTags(data) {
  /** @type {bigint[]} */
  const tags = [];
  let position = 0;
  while (position < data.length && data[position] >> 5 === TAG) {
    const { argument, end } = head(data, position);
    tags.push(argument);
    position = end;
    if (tags.length > MAX_DEPTH) throw new CredentialError("CBOR_LIMIT");
  }
  return { tags, start: position };
}

/**
 * Returns when the item at `position` is all that follows and has no fault.
 *
 * One loop over the heads: it builds nothing, so no length in the bytes costs memory, and it does not call
 * itself, so no depth costs stack. `left` items remain in the container entered last; in a map `keys` holds
 * those read, and an odd number left over means that a key comes next.
 * @param {Uint8Array} data
 * @param {number} position
 * @param {{depth: number, ordered: boolean}} options
 */
function walk(data, position, { depth, ordered }) {
  /** @typedef {{left: number, lastKey: Uint8Array, keys: Set<string> | null}} Entered */
  /** @type {Entered[]} */
  const entered = [];
  const nothing = new Uint8Array(0);
  /** @type {Entered} */
  let here = { left: 1, lastKey: nothing, keys: null };
  for (;;) {
    while (here.left === 0) {
      const outer = entered.pop();
      if (!outer) {
        if (position !== data.length) throw new CredentialError("CBOR_TRAILING");
        return;
      }
      here = outer;
    }
    here.left -= 1;
    const start = position;
    const isKey = here.keys !== null && here.left % 2 === 1;
    const { major, argument, end } = head(data, position);
    position = end;

    if (major === TAG) throw new CredentialError("CBOR_TAG");
    if (isKey && major !== UNSIGNED && major !== NEGATIVE && major !== TEXT) throw new CredentialError("CBOR_MALFORMED");
    if (major === ARRAY || major === MAP) {
      if (entered.length + depth >= MAX_DEPTH) throw new CredentialError("CBOR_LIMIT");
      const items = major === ARRAY ? argument : 2n * argument;
      if (items > data.length - position) throw new CredentialError("CBOR_MALFORMED");
      entered.push(here);
      here = { left: Number(items), lastKey: nothing, keys: major === MAP ? new Set() : null };
      continue;
    }
    if (major === BYTES || major === TEXT) {
      if (argument > data.length - position) throw new CredentialError("CBOR_MALFORMED");
      position += Number(argument);
      if (major === TEXT) checkUtf8(data.subarray(end, position));
    }
    if (here.keys !== null && isKey) {
      const key = data.subarray(start, position);
      const name = toHex(key);
      if (compareBytes(key, here.lastKey) <= 0) {
        if (here.keys.has(name)) throw new CredentialError("CBOR_DUPLICATE_KEY");
        if (ordered) throw new CredentialError("CBOR_KEY_ORDER");
      } else {
        here.lastKey = key;
      }
      here.keys.add(name);
    }
  }
}

/**
 * Major type and argument of the item at `position`, and the offset behind them.
 * @param {Uint8Array} data
 * @param {number} position
 */
function head(data, position) {
  if (position >= data.length) throw new CredentialError("CBOR_MALFORMED");
  const major = data[position] >> 5;
  const info = data[position] & 31;
  position += 1;
  if (info < 24) return { major, argument: BigInt(info), end: position };
  if (info > 27) {
    const indefinite = info === 31 && major >= BYTES && major <= MAP;
    throw new CredentialError(indefinite ? "CBOR_INDEFINITE" : "CBOR_MALFORMED");
  }
  const end = position + WIDTH[info];
  if (end > data.length) throw new CredentialError("CBOR_MALFORMED");
  let argument = 0n;
  for (let i = position; i < end; i++) argument = (argument << 8n) | BigInt(data[i]);
  if (major === SIMPLE) {
    if (info === 24 && argument < 32n) throw new CredentialError("CBOR_MALFORMED");
  } else if (argument < LEAST[info]) {
    throw new CredentialError("CBOR_NOT_MINIMAL");
  }
  return { major, argument, end };
}

/** @param {Uint8Array} text */
function checkUtf8(text) {
  try {
    fromUtf8(text);
  } catch {
    throw new CredentialError("CBOR_TEXT");
  }
}
