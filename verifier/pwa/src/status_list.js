/**
 * Token Status List, CWT form (draft-ietf-oauth-status-list): which credentials still stand.
 *
 *     claims = { 2: uri of this list, 6: iat, 4: exp, 65534: ttl (s), 65533: {"bits": 1/2/4/8, "lst": bstr} }
 *
 * `lst` is the zlib stream of a byte array; entry i stands in byte i*bits//8 at bit (i*bits)%8, least significant
 * bit first. Ours have two bits an entry. Other people's map keys may stand in any order.
 */

import { decodeTagged } from "./cbor.js";
import { numericDate } from "./claims.js";
import { CredentialError, faultsAs } from "./errors.js";
import { inflate } from "./inflate.js";
import * as labels from "./labels.js";

const MAX_INFLATED_BYTES = 2 * 1024 * 1024;

/** What a list says of an entry; 3 is application specific and ours. */
export const [VALID, REVOKED, SUSPENDED, SUPERSEDED] = [0, 1, 2, 3];

/** @type {Record<number, number>} */
const FIRST_BITS = { 1: 0xff, 2: 0x55, 4: 0x11, 8: 0x01 };

/**
 * A status list's claims. `exp` is the hard end, `iat + ttl` the soft one; seconds UTC.
 * @typedef {{uri: string, iat: number, exp: number, ttl: number, array: StatusArray}} StatusList
 */

/** Entries of `bits` bits each. */
export class StatusArray {
  /** @param {number} bits 1, 2, 4 or 8 @param {Uint8Array} packed */
  constructor(bits, packed) {
    this.bits = bits;
    this.packed = packed;
  }

  get size() {
    return Math.floor((this.packed.length * 8) / this.bits);
  }

  /** The value of entry `idx`; `STATUS_INDEX` beyond the end. @param {number | bigint} idx */
  at(idx) {
    if (!(idx >= 0 && idx < this.size)) throw new CredentialError("STATUS_INDEX");
    const bit = Number(idx) * this.bits;
    return (this.packed[bit >> 3] >> (bit & 7)) & ((1 << this.bits) - 1);
  }

  /** The entries that are revoked, entry i at bit i*bits: cheap to compare. @returns {Uint8Array} */
  revoked() {
    return this.packed.map((byte) => {
      let marked = byte & FIRST_BITS[this.bits];
      for (let higher = 1; higher < this.bits; higher++) marked &= ~(byte >> higher);
      return marked;
    });
  }

  /** The entries marked in a bitmap of this shape. @param {Uint8Array} bitmap @returns {number[]} */
  entries(bitmap) {
    const found = [];
    for (let byte = 0; byte < bitmap.length; byte++) {
      for (let bit = 0; bit < 8 && bitmap[byte] >> bit; bit += this.bits) {
        if ((bitmap[byte] >> bit) & 1) found.push((byte * 8 + bit) / this.bits);
      }
    }
    return found;
  }
}

/**
 * The list in a payload whose signature held. `STATUS_MALFORMED`, or `SIZE_LIMIT` beyond 2 MiB inflated.
 * The draft recommends exp and ttl; this profile requires both, as nothing else ends a list.
 * @param {Uint8Array} payload
 * @returns {StatusList}
 */
export function statusListFromBytes(payload) {
  const { claims, uri, iat, exp, ttl } = faultsAs(() => {
    const { tags, item } = decodeTagged(payload, { ordered: false });
    if (tags.length || !(item instanceof Map)) throw new CredentialError("STATUS_MALFORMED");
    const [subject, lifetime] = [item.get(labels.SUB), item.get(labels.TTL)];
    if (typeof subject !== "string" || typeof lifetime !== "number" || lifetime <= 0 || lifetime > 2 ** 32) {
      throw new CredentialError("STATUS_MALFORMED");
    }
    return {
      claims: item,
      uri: subject,
      iat: numericDate(item.get(labels.IAT), "iat"),
      exp: numericDate(item.get(labels.EXP), "exp"),
      ttl: lifetime,
    };
  }, "STATUS_MALFORMED");
  return { uri, iat, exp, ttl, array: statusArray(claims.get(labels.STATUS_LIST)) };
}

/** @param {unknown} value */
function statusArray(value) {
  const [bits, lst] = value instanceof Map ? [value.get("bits"), value.get("lst")] : [0, null];
  if (typeof bits !== "number" || !(bits in FIRST_BITS) || !(lst instanceof Uint8Array)) {
    throw new CredentialError("STATUS_MALFORMED");
  }
  return new StatusArray(bits, inflate(lst, { limit: MAX_INFLATED_BYTES, fault: "STATUS_MALFORMED", subject: "status list" }));
}
