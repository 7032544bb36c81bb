/**
 * Public keys: COSE_Key maps, key ids, and the two signatures of the profile (RFC 9053).
 *
 * ES256 on P-256 (the default) and EdDSA on Ed25519; nothing else verifies anything here. The algorithm belongs
 * to our record of the key; curve and algorithm are checked together. The key id is the first 8 bytes of the
 * SHA-256 COSE key thumbprint (RFC 9679) and a hint: two keys may share one.
 *
 * A browser without Ed25519 cannot tell whether such a signature holds: `BROWSER_UNSUPPORTED`, undetermined.
 */

import { encode } from "./cbor.js";
import { toHex } from "./bytes.js";
import { CredentialError } from "./errors.js";

/** COSE algorithms of the profile (https://www.iana.org/assignments/cose/, "Algorithms"). */
export const ES256 = -7;
export const EDDSA = -8;
export const ALGORITHMS = [ES256, EDDSA];

const KID_BYTES = 8;
const SIGNATURE_BYTES = 64;

// COSE_Key parameters and values (RFC 9053 section 7).
const [KTY, KEY_ALG, CRV, X, Y] = [1, 3, -1, -2, -3];
const [OKP, EC2] = [1, 2];
const [P256, ED25519] = [1, 6];
const COORDINATE_BYTES = 32;

// The curve of P-256, y² = x³ - 3x + b modulo p (FIPS 186-4, D.1.2.3).
const FIELD = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/** @returns {SubtleCrypto} */
function subtle() {
  const found = globalThis.crypto?.subtle;
  if (!found) throw new CredentialError("BROWSER_UNSUPPORTED", "", "no WebCrypto");
  return found;
}

/** @param {Uint8Array} bytes @returns {Promise<Uint8Array<ArrayBuffer>>} */
export async function sha256(bytes) {
  return new Uint8Array(await subtle().digest("SHA-256", /** @type {BufferSource} */ (bytes)));
}

/** A key that may verify. */
export class PublicKey {
  /** @type {Promise<CryptoKey> | null} */
  #handle = null;

  /**
   * @param {number} algorithm
   * @param {Uint8Array<ArrayBuffer>} raw the point, uncompressed for P-256
   * @param {Uint8Array} encoded the COSE_Key with its algorithm, deterministically encoded
   * @param {Uint8Array} kid
   */
  constructor(algorithm, raw, encoded, kid) {
    this.algorithm = algorithm;
    this.raw = raw;
    this.encoded = encoded;
    this.kid = kid;
  }

  /**
   * Whether `signature` (64 bytes, r ‖ s for ES256) of `message` is good; `BROWSER_UNSUPPORTED` where it cannot be told.
   * @param {Uint8Array} signature
   * @param {Uint8Array} message
   * @returns {Promise<boolean>}
   */
  async holds(signature, message) {
    if (signature.length !== SIGNATURE_BYTES) return false;
    const handle = await this.#imported();
    if (handle === null) return false;
    const how = this.algorithm === ES256 ? { name: "ECDSA", hash: "SHA-256" } : { name: "Ed25519" };
    return subtle().verify(how, handle, /** @type {BufferSource} */ (signature), /** @type {BufferSource} */ (message));
  }

  /** Keys are imported when they are first needed: a trust list may hold thousands. */
  async #imported() {
    const how = this.algorithm === ES256 ? { name: "ECDSA", namedCurve: "P-256" } : { name: "Ed25519" };
    this.#handle ??= subtle().importKey("raw", this.raw, how, false, ["verify"]);
    try {
      return await this.#handle;
    } catch (error) {
      if (error instanceof DOMException && error.name === "DataError") return null; // not a point: nothing it can have signed
      throw new CredentialError("BROWSER_UNSUPPORTED", "", error instanceof Error ? error.message : "");
    }
  }
}

/**
 * The key in a COSE_Key map. `ALG_NOT_ALLOWED` for a curve or algorithm outside the profile, `TRUST_MALFORMED`
 * for a map that is not a COSE_Key or a point that is not on the curve.
 * @param {unknown} source
 * @returns {Promise<PublicKey>}
 */
export async function publicKey(source) {
  if (!(source instanceof Map)) throw new CredentialError("TRUST_MALFORMED", "key");
  const [type, curve] = [source.get(KTY), source.get(CRV)];
  if (type === EC2 && curve === P256) {
    const [x, y] = [coordinate(source, X), coordinate(source, Y)];
    if (!isOnCurve(x, y)) throw new CredentialError("TRUST_MALFORMED", "key", "point not on the curve");
    return record(ES256, source, [[KTY, EC2], [CRV, P256], [X, x], [Y, y]], Uint8Array.of(4, ...x, ...y));
  }
  if (type === OKP && curve === ED25519) {
    const x = coordinate(source, X);
    return record(EDDSA, source, [[KTY, OKP], [CRV, ED25519], [X, x]], x);
  }
  throw new CredentialError("ALG_NOT_ALLOWED", "", "key type or curve");
}

/**
 * @param {number} algorithm
 * @param {Map<unknown, unknown>} source
 * @param {[number, number | Uint8Array][]} required the members that the thumbprint is over (RFC 9679 section 3)
 * @param {Uint8Array<ArrayBuffer>} raw
 */
async function record(algorithm, source, required, raw) {
  if (source.has(KEY_ALG) && source.get(KEY_ALG) !== algorithm) {
    throw new CredentialError("ALG_NOT_ALLOWED", "", "algorithm does not fit the curve");
  }
  const thumbprint = await sha256(encode(new Map(required)));
  /** @type {[number, number | Uint8Array][]} */
  const members = [...required, [KEY_ALG, algorithm]];
  return new PublicKey(algorithm, raw, encode(new Map(members)), thumbprint.slice(0, KID_BYTES));
}

/** @param {Map<unknown, unknown>} source @param {number} label @returns {Uint8Array<ArrayBuffer>} */
function coordinate(source, label) {
  const value = source.get(label);
  if (!(value instanceof Uint8Array) || value.length !== COORDINATE_BYTES) throw new CredentialError("TRUST_MALFORMED", "key");
  return Uint8Array.from(value);
}

/** @param {Uint8Array} xBytes @param {Uint8Array} yBytes */
function isOnCurve(xBytes, yBytes) {
  const [x, y] = [BigInt(`0x${toHex(xBytes)}`), BigInt(`0x${toHex(yBytes)}`)];
  return x < FIELD && y < FIELD && (y * y - (x * x * x - 3n * x + B)) % FIELD === 0n;
}

