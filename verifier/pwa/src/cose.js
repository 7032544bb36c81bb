/**
 * COSE_Sign1 and COSE_Sign (RFC 9052 section 4), taken apart and verified.
 *
 *     COSE_Sign1 = #6.18([protected: bstr, unprotected: {}, payload: bstr, signature: bstr])
 *     COSE_Sign  = #6.98([protected: bstr, unprotected: {}, payload: bstr, [+ COSE_Signature]])
 *     COSE_Signature =   [protected: bstr, unprotected: {}, signature: bstr]
 *
 * Tag 18 stands bare or behind tag 61 (RFC 8392 section 6); nothing else is read as a COSE_Sign1. The algorithm is
 * read from the protected header only, and must be that of our key. Critical headers that are not understood
 * refuse the message; key material in headers is ignored.
 */

import { sameBytes, toHex } from "./bytes.js";
import { decodeTagged, encode } from "./cbor.js";
import { CredentialError } from "./errors.js";
import { ALGORITHMS } from "./keys.js";
import { ALG, CONTENT_TYPE, CRIT, KID, TAG_CWT, TAG_SIGN, TAG_SIGN1, TYP } from "./labels.js";

/** @typedef {import("./keys.js").PublicKey} PublicKey */
/** @typedef {Map<unknown, unknown>} Headers */
/**
 * A COSE_Sign1 taken apart; nothing about it is trusted yet. `payload` is null where it is detached.
 * @typedef {{protected: Uint8Array, headers: Headers, payload: Uint8Array | null, signature: Uint8Array}} Sign1
 */
/** @typedef {{protected: Uint8Array, headers: Headers, signature: Uint8Array}} Signature */
/**
 * A COSE_Sign taken apart; nothing about it is trusted yet.
 * @typedef {{protected: Uint8Array, headers: Headers, payload: Uint8Array, signatures: Signature[]}} Sign
 */

const MAX_KID_BYTES = 64;
/** @type {readonly unknown[]} */
const UNDERSTOOD = [ALG, CRIT, CONTENT_TYPE, KID, TYP];
const NOTHING = new Uint8Array(0);

/** The key id in a header, null where there is none. @param {Headers} headers @returns {Uint8Array | null} */
export function kidOf(headers) {
  const kid = headers.get(KID);
  return kid instanceof Uint8Array ? kid : null;
}

/**
 * Whether `message` was signed over `payload` by `key`, with the key's own algorithm.
 * @param {Sign1} message
 * @param {Uint8Array} payload
 * @param {PublicKey} key
 * @returns {Promise<boolean>}
 */
export async function isSignedBy(message, payload, key) {
  if (message.headers.get(ALG) !== key.algorithm) return false;
  return key.holds(message.signature, encode(["Signature1", message.protected, NOTHING, payload]));
}

/**
 * Key ids (hex) of those `keys` that really signed; a key counts once, however often it signed.
 * @param {Sign} message
 * @param {readonly PublicKey[]} keys
 * @returns {Promise<Set<string>>}
 */
export async function signersOf(message, keys) {
  const found = new Set();
  for (const key of keys) {
    for (const each of message.signatures) {
      if (!sameBytes(kidOf(each.headers), key.kid) || each.headers.get(ALG) !== key.algorithm) continue;
      const input = encode(["Signature", message.protected, each.protected, NOTHING, message.payload]);
      if (await key.holds(each.signature, input)) found.add(toHex(key.kid));
    }
  }
  return found;
}

/**
 * A COSE_Sign1 taken apart, with a well-formed header that names an algorithm of the profile.
 * @param {Uint8Array} data
 * @param {{ordered?: boolean}} [options]
 * @returns {Sign1}
 */
export function unpackSign1(data, { ordered = true } = {}) {
  const { tags, item } = decodeTagged(data, { ordered });
  if (!(isTags(tags, TAG_SIGN1) || isTags(tags, TAG_CWT, TAG_SIGN1))) throw new CredentialError("COSE_STRUCTURE", "tag");
  const [protectedBytes, unprotected, payload, signature] = parts(item, 4);
  const headers = readHeaders(protectedBytes, unprotected, ordered);
  if (!(payload === null || payload instanceof Uint8Array) || !(signature instanceof Uint8Array)) {
    throw new CredentialError("COSE_STRUCTURE");
  }
  requireAlgorithm(headers, unprotected);
  return { protected: bytes(protectedBytes), headers, payload, signature };
}

/**
 * A COSE_Sign taken apart, each signature with an algorithm of the profile.
 * @param {Uint8Array} data
 * @returns {Sign}
 */
export function unpackSign(data) {
  const { tags, item } = decodeTagged(data);
  if (!isTags(tags, TAG_SIGN)) throw new CredentialError("COSE_STRUCTURE", "tag");
  const [protectedBytes, unprotected, payload, signatures] = parts(item, 4);
  const headers = readHeaders(protectedBytes, unprotected, true);
  if (!(payload instanceof Uint8Array) || !Array.isArray(signatures) || !signatures.length) {
    throw new CredentialError("COSE_STRUCTURE");
  }
  return { protected: bytes(protectedBytes), headers, payload, signatures: signatures.map(readSignature) };
}

/** @param {unknown} part @returns {Signature} */
function readSignature(part) {
  const [protectedBytes, unprotected, signature] = parts(part, 3);
  const headers = readHeaders(protectedBytes, unprotected, true);
  if (!(signature instanceof Uint8Array)) throw new CredentialError("COSE_STRUCTURE");
  requireAlgorithm(headers, unprotected);
  return { protected: bytes(protectedBytes), headers, signature };
}

/** @param {bigint[]} tags @param {bigint[]} wanted */
function isTags(tags, ...wanted) {
  return tags.length === wanted.length && tags.every((tag, i) => tag === wanted[i]);
}

/** @param {unknown} body @param {number} count @returns {unknown[]} */
function parts(body, count) {
  if (!Array.isArray(body) || body.length !== count) throw new CredentialError("COSE_STRUCTURE");
  return body;
}

/** What `readHeaders` has found to be bytes. @param {unknown} value */
function bytes(value) {
  return /** @type {Uint8Array} */ (value);
}

/**
 * The protected header, both buckets checked for types, doubles and critical labels.
 * @param {unknown} protectedBytes
 * @param {unknown} unprotected
 * @param {boolean} ordered
 * @returns {Headers}
 */
function readHeaders(protectedBytes, unprotected, ordered) {
  if (!(protectedBytes instanceof Uint8Array) || !(unprotected instanceof Map)) throw new CredentialError("HEADER_INVALID");
  const { tags, item: headers } = protectedBytes.length
    ? decodeTagged(protectedBytes, { ordered })
    : { tags: [], item: new Map() };
  if (tags.length || !(headers instanceof Map)) throw new CredentialError("HEADER_INVALID");
  if (unprotected.has(CRIT)) throw new CredentialError("HEADER_INVALID", "crit");
  checkTypes(headers);
  checkTypes(unprotected);
  if (headers.has(ALG) && unprotected.has(ALG)) throw new CredentialError("HEADER_DUPLICATE", "alg");
  for (const label of headers.get(CRIT) ?? []) {
    if (!headers.has(label) || !UNDERSTOOD.includes(label)) throw new CredentialError("CRIT_UNSUPPORTED", String(label));
  }
  return headers;
}

/** Types of the labels we know (RFC 9052 section 3.1); others are ignored. @param {Headers} bucket */
function checkTypes(bucket) {
  const kid = bucket.has(KID) ? bucket.get(KID) : NOTHING;
  if (!(kid instanceof Uint8Array)) throw new CredentialError("HEADER_INVALID", "kid");
  if (kid.length > MAX_KID_BYTES) throw new CredentialError("SIZE_LIMIT", "kid");
  for (const [label, name] of /** @type {const} */ ([[TYP, "typ"], [CONTENT_TYPE, "content type"]])) {
    if (bucket.has(label) && !isLabel(bucket.get(label))) throw new CredentialError("HEADER_INVALID", name);
  }
  if (bucket.has(CRIT)) {
    const crit = bucket.get(CRIT);
    if (!Array.isArray(crit) || !crit.length || !crit.every(isLabel) || new Set(crit).size !== crit.length) {
      throw new CredentialError("HEADER_INVALID", "crit");
    }
  }
}

/** @param {unknown} value */
function isLabel(value) {
  return typeof value === "string" || typeof value === "number" || typeof value === "bigint";
}

/**
 * The protected algorithm must be one of the profile, before any signature is computed.
 * @param {Headers} headers
 * @param {unknown} unprotected a map, as `readHeaders` has found
 */
function requireAlgorithm(headers, unprotected) {
  if (!headers.size && !(/** @type {Headers} */ (unprotected).has(ALG))) throw new CredentialError("HEADER_INVALID", "protected");
  const algorithm = headers.get(ALG);
  if (typeof algorithm !== "number" || !ALGORITHMS.includes(algorithm)) throw new CredentialError("ALG_NOT_ALLOWED");
}
