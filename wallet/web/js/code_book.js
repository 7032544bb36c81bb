// A code book (脱网码包) read, and its codes rebuilt byte for byte: the twin of credential/code_book.py.
//
// The layout is in credential/FORMAT.md. Nothing is needed but WebCrypto, for the digest that finds damage;
// that a code is genuine is for a verifier to say, by the signature in each.

export const EVERY_S = 20;
export const LIFETIME_S = 30;
export const MAX_SLICES = 2160;

const CTI_BYTES = 8;
const SIGNATURE_BYTES = 64;
const SLICE_BYTES = CTI_BYTES + SIGNATURE_BYTES;
const DIGEST_BYTES = 32;
const TIME_BYTES = 4;
const LATEST_S = 0xffffffff;
const MAX_COSE_BYTES = 16 * 1024;

/** Why a book is refused: `code` is the stable name, as in credential/reasons.json. */
export class BookError extends Error {
  /** @param {"BOOK_MALFORMED" | "VERSION_UNSUPPORTED" | "SIZE_LIMIT"} code @param {string} subject */
  constructor(code, subject = "") {
    super(subject ? `${code}:${subject}` : code);
    this.name = "BookError";
    this.code = code;
    this.subject = subject;
  }
}

/**
 * The book in `data`; rejects with a BookError unless every byte is as it was written.
 * @param {Uint8Array} data
 * @returns {Promise<CodeBook>}
 */
export async function openBook(data) {
  const body = data.subarray(0, Math.max(0, data.length - DIGEST_BYTES));
  const told = data.subarray(body.length);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
  if (!same(digest, told)) throw new BookError("BOOK_MALFORMED", "digest");
  const read = new Reader(body);
  const members = read.byte();
  read.expect([0x01]);
  const layout = read.byte();
  if (layout !== 1 && layout < 24) throw new BookError("VERSION_UNSUPPORTED", "book");
  if (layout !== 1 || members !== 0xa6) throw new BookError("BOOK_MALFORMED");
  read.expect([0x02]);
  const bookId = read.bytes();
  read.expect([0x03, 0x1a]);
  const start = number(read.take(TIME_BYTES));
  read.expect([0x04, 0x84]);
  const parts = [read.bytes(), read.bytes(), read.bytes(), read.bytes()];
  read.expect([0x05]);
  const slices = read.bytes();
  read.expect([0x06, 0x58, DIGEST_BYTES]);
  read.end();
  return new CodeBook(bookId, start, parts, slices);
}

/** A book of identity codes. Times are seconds since 1970, UTC, by the issuer's clock. */
export class CodeBook {
  #parts;
  #slices;

  /** @param {Uint8Array} bookId @param {number} start @param {Uint8Array[]} parts @param {Uint8Array} slices */
  constructor(bookId, start, parts, slices) {
    if (parts.reduce((sum, part) => sum + part.length, 0) > MAX_COSE_BYTES) {
      throw new BookError("SIZE_LIMIT", "book");
    }
    const count = slices.length / SLICE_BYTES;
    if (!Number.isInteger(count) || count < 1 || count > MAX_SLICES) {
      throw new BookError("BOOK_MALFORMED", "slices");
    }
    if (bookId.length !== CTI_BYTES) throw new BookError("BOOK_MALFORMED", "id");
    this.bookId = bookId;
    this.start = start;
    this.length = count;
    this.#parts = parts;
    this.#slices = slices;
    if (this.end > LATEST_S) throw new BookError("BOOK_MALFORMED", "start");
    if (!fitsTogether(parts)) throw new BookError("BOOK_MALFORMED", "template");
    Object.freeze(this);
  }

  /** When the last code ends. */
  get end() {
    return this.startsAt(this.length - 1) + LIFETIME_S;
  }

  /** @param {number} index */
  startsAt(index) {
    return this.start + EVERY_S * index;
  }

  /**
   * The code to show at `now`: each for its first 20 seconds, the last one to its end. null outside the book.
   * @param {number} now
   * @returns {number | null}
   */
  indexAt(now) {
    if (!(this.start <= now && now < this.end)) return null;
    return Math.min(Math.floor((now - this.start) / EVERY_S), this.length - 1);
  }

  /**
   * The COSE message of code `index`, byte for byte as it was signed.
   * @param {number} index
   * @returns {Uint8Array}
   */
  message(index) {
    if (!Number.isInteger(index) || index < 0 || index >= this.length) {
      throw new RangeError(`no code ${index} in a book of ${this.length}`);
    }
    const nbf = this.startsAt(index);
    const at = index * SLICE_BYTES;
    const [head, toNbf, toCti, tail] = this.#parts;
    return joined([
      head,
      bigEndian(nbf + LIFETIME_S),
      toNbf,
      bigEndian(nbf),
      toCti,
      this.#slices.subarray(at, at + CTI_BYTES),
      tail,
      this.#slices.subarray(at + CTI_BYTES, at + SLICE_BYTES),
    ]);
  }
}

/** Whether the parts end and begin where exp, nbf, iat, cti and the signature stand in a message. */
function fitsTogether([head, toNbf, toCti, tail]) {
  return (
    same(head.subarray(-2), [0x04, 0x1a]) &&
    same(toNbf, [0x05, 0x1a]) &&
    toCti.length === 8 &&
    same(toCti.subarray(0, 2), [0x06, 0x1a]) &&
    same(toCti.subarray(6), [0x07, 0x40 + CTI_BYTES]) &&
    same(tail.subarray(-2), [0x58, SIGNATURE_BYTES])
  );
}

/** Deterministic CBOR of the one shape a book has; anything else is no book. */
class Reader {
  #at = 0;

  /** @param {Uint8Array} data */
  constructor(data) {
    this.data = data;
  }

  take(count) {
    const taken = this.data.subarray(this.#at, this.#at + count);
    if (taken.length !== count) throw new BookError("BOOK_MALFORMED");
    this.#at += count;
    return taken;
  }

  byte() {
    return this.take(1)[0];
  }

  expect(bytes) {
    if (!same(this.take(bytes.length), bytes)) throw new BookError("BOOK_MALFORMED");
  }

  /** A byte string, its length in as few bytes as can be. */
  bytes() {
    const head = this.byte();
    const info = head & 0x1f;
    if (head >> 5 !== 2 || info > 26) throw new BookError("BOOK_MALFORMED");
    if (info < 24) return this.take(info);
    const length = number(this.take(1 << (info - 24)));
    if (length < [24, 1 << 8, 1 << 16][info - 24]) throw new BookError("BOOK_MALFORMED");
    return this.take(length);
  }

  end() {
    if (this.#at !== this.data.length) throw new BookError("BOOK_MALFORMED");
  }
}

function number(bytes) {
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}

function bigEndian(time) {
  const bytes = new Uint8Array(TIME_BYTES);
  new DataView(bytes.buffer).setUint32(0, time);
  return bytes;
}

function joined(pieces) {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function same(left, right) {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
