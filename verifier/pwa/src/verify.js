/**
 * Text in, facts out, or one named reason why not.
 *
 *     const verified = await verify(text, { trust, now });
 *     verified.credential.facts.name
 *
 * The steps stand in `opened` and `judged`, in the order in which the first failure is the verdict:
 *
 *  1. size and form          2. base45 or digits       3. bounded inflate
 *  4. strict CBOR and COSE   5. algorithm, keys by id  6. signature by any of them
 *  7. claims                 8. the key's mandate      9. time
 * 10. issuer's region       11. status
 *
 * Nothing of the claims is read before the signature holds. `exp` itself is out, with no leeway; a start may lie
 * five seconds ahead, for a verifier whose clock is slow (RFC 8392 section 3.1). A live identity code (manual,
 * section 2.2) carries no status and needs the trust list alone.
 */

import { decodeTagged } from "./cbor.js";
import { credentialFromMap } from "./claims.js";
import { isSignedBy, kidOf, unpackSign1 } from "./cose.js";
import { unwrap } from "./envelope.js";
import { CredentialError, VerificationError, verdictOf } from "./errors.js";
import { ALG } from "./labels.js";
import { REVOKED, SUPERSEDED, SUSPENDED, VALID } from "./status_list.js";
import { candidates, checkKey, covers } from "./trust_list.js";

/** @typedef {import("./claims.js").Credential} Credential */
/** @typedef {import("./cose.js").Sign1} Sign1 */
/** @typedef {import("./errors.js").About} About */
/** @typedef {import("./errors.js").Code} Code */
/** @typedef {import("./trust.js").Standing} Standing */
/** @typedef {import("./trust.js").Trust} Trust */
/** @typedef {import("./trust_list.js").KeyRecord} KeyRecord */

const START_TOLERANCE_S = 5;

/** @type {Record<number, Code>} */
const STATUS_CODES = { [REVOKED]: "REVOKED", [SUSPENDED]: "SUSPENDED", [SUPERSEDED]: "SUPERSEDED" };

const MADE_HERE = Symbol("made by verify");

/** A credential that passed every step at `now`. Only `verify` makes one. */
export class Verified {
  /**
   * @param {object} found
   * @param {Credential} found.credential
   * @param {KeyRecord} found.issuer the trust list's record of the key, with the authority's name
   * @param {number | null} found.asOf when the status list was signed (seconds UTC), null for a live identity code
   * @param {readonly Code[]} found.notices to be shown beside the verdict
   * @param {symbol} madeBy
   */
  constructor({ credential, issuer, asOf, notices }, madeBy) {
    if (madeBy !== MADE_HERE) throw new TypeError("only verify() makes a Verified");
    this.credential = credential;
    this.issuer = issuer;
    this.asOf = asOf;
    this.notices = notices;
    Object.freeze(this);
  }
}

/**
 * The verified credential in a QR code's `text`; `now` (seconds UTC) judges every part. Throws `VerificationError`
 * and nothing else, whatever the text holds.
 * @param {string} text
 * @param {{trust: Trust, now: number}} context
 * @returns {Promise<Verified>}
 */
export async function verify(text, { trust, now }) {
  /** @type {Credential | null} */
  let credential = null;
  try {
    const found = await opened(text, trust, now);
    credential = found.credential;
    return await judged(credential, found.record, trust, now);
  } catch (error) {
    if (!(error instanceof CredentialError)) throw error;
    throw new VerificationError(error, {
      verdict: await verdict(error, trust, now),
      about: credential && aboutOf(credential),
      notices: credential && error.code === "EXPIRED" ? await alsoWrong(credential, trust, now) : [],
    });
  }
}

/** @param {string} text @param {Trust} trust @param {number} now */
async function opened(text, trust, now) {
  // 1-3 size and form, base45 or digits, bounded inflate
  const data = unwrap(text, trust.content.hosts);

  // 4 strict CBOR, COSE shape; 5 an algorithm of the profile
  const message = unpackSign1(data);
  if (message.payload === null) throw new CredentialError("COSE_STRUCTURE", "payload");

  // 5 candidate keys by id, 6 signature by any of them
  trust.checkNotExpired(now);
  const record = await signer(message, message.payload, trust);

  // 7 claims: types, kind, lifetime
  const { tags, item } = decodeTagged(message.payload);
  if (tags.length) throw new CredentialError("CLAIMS_NOT_MAP");
  return { credential: credentialFromMap(item), record };
}

/** @param {Credential} credential @param {KeyRecord} record @param {Trust} trust @param {number} now */
async function judged(credential, record, trust, now) {
  // 8 the key: iss, compromised, purpose, its times
  checkKey(record, credential.kind, { iss: credential.iss, iat: credential.iat, now });

  // 9 time
  checkTime(credential, now);

  // 10 issuer scope
  const { place } = credential.facts;
  if (place !== undefined && !covers(record, place)) throw new CredentialError("ISSUER_SCOPE");

  // 11 status
  const standing = await goodStanding(credential, trust, now);
  const notices = noticesOf(credential, trust, standing);
  return new Verified({ credential, issuer: record, asOf: standing && standing.asOf, notices }, MADE_HERE);
}

/**
 * The key that signed: of all with the message's key id, the first whose signature holds.
 * @param {Sign1} message
 * @param {Uint8Array} payload
 * @param {Trust} trust
 * @returns {Promise<KeyRecord>}
 */
async function signer(message, payload, trust) {
  const found = candidates(trust.content, kidOf(message.headers));
  if (!found.length) throw new CredentialError("KEY_UNKNOWN");
  const fitting = found.filter((record) => record.key.algorithm === message.headers.get(ALG));
  if (!fitting.length) throw new CredentialError("ALG_NOT_ALLOWED");
  for (const record of fitting) if (await isSignedBy(message, payload, record.key)) return record;
  throw new CredentialError("SIGNATURE_INVALID");
}

/** @param {Credential} credential @param {number} now */
function checkTime({ kind, exp, nbf, iat }, now) {
  if (now >= exp) throw new CredentialError(kind === "identity-code" ? "CODE_EXPIRED" : "EXPIRED");
  if (nbf !== null && nbf > now + START_TOLERANCE_S) throw new CredentialError("NOT_YET_VALID");
  if (nbf === null && iat > now + START_TOLERANCE_S) throw new CredentialError("ISSUED_IN_FUTURE");
}

/** An unknown key is refused under a fresh snapshot; under a stale one it may be a new key. @param {CredentialError} error @param {Trust} trust @param {number} now */
async function verdict(error, trust, now) {
  return error.code === "KEY_UNKNOWN" && !(await trust.isFresh(now)) ? "undetermined" : verdictOf(error.code);
}

/** What the status list says of an expired credential: told beside the verdict. @param {Credential} credential @param {Trust} trust @param {number} now @returns {Promise<Code[]>} */
async function alsoWrong(credential, trust, now) {
  try {
    await goodStanding(credential, trust, now);
  } catch (error) {
    if (!(error instanceof CredentialError)) throw error;
    return Object.values(STATUS_CODES).includes(error.code) ? [error.code] : [];
  }
  return [];
}

/**
 * The good standing of a credential that has a status entry; any other standing is thrown.
 * @param {Credential} credential
 * @param {Trust} trust
 * @param {number} now
 * @returns {Promise<Standing | null>}
 */
async function goodStanding({ status, iss }, trust, now) {
  if (status === null) return null;
  const standing = await trust.standing(status, { iss, now });
  if (standing.status !== VALID) throw new CredentialError(STATUS_CODES[standing.status] ?? "STATUS_UNKNOWN");
  return standing;
}

/** @param {Credential} credential @param {Trust} trust @param {Standing | null} standing */
function noticesOf(credential, trust, standing) {
  /** @type {Code[]} */
  const notices = [];
  if (trust.content.environment === "test") notices.push("TEST_ENVIRONMENT");
  if (standing?.stale) notices.push("STATUS_STALE");
  if (credential.kind === "identity-code") notices.push("COMPARE_PHOTO");
  return notices;
}

/** @param {Credential} credential @returns {About} */
function aboutOf({ kind, iss, iat, nbf, exp, cti }) {
  return { kind, iss, iat, nbf, exp, cti };
}
