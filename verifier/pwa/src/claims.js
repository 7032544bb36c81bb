/**
 * The facts of a credential and the CWT claims around them (RFC 8392), read.
 *
 * One table, `FIELDS`, holds number, name and wire form of every part of the identity data (claim 169); each kind
 * lists the names it carries. Claims are read in this order, and the first fault is the verdict: kind, iss, exp,
 * nbf, iat, cti, status, identity data in the order of its numbers (face, then its older form), unknown private
 * claims, then what the times say of one another. Absent means absent: an empty text or list is a fault, and so is
 * a wrong type or a true for 1.
 */

import { toHex } from "./bytes.js";
import { CredentialError } from "./errors.js";
import * as labels from "./labels.js";

/** @typedef {"licence" | "badge" | "identity-code"} KindSlug */
/** The portrait inside a code. @typedef {{image: Uint8Array, format: string}} Face */
/**
 * 多执业机构备案: a further institution where the physician may practise, both days (YYYY-MM-DD) inclusive.
 * @typedef {{institution: string, scopes: string[], begins: string, ends: string}} Filing
 */
/**
 * What is said of a physician. A badge has no gender, scopes, approved_on, filings and version; an identity code
 * has licence number, name and face alone.
 * @typedef {object} Facts
 * @property {string} licence_number
 * @property {string} name
 * @property {Face} face
 * @property {"male" | "female"} [gender]
 * @property {"physician" | "assistant"} [level]
 * @property {number} [category]
 * @property {string[]} [scopes]
 * @property {number} [place]
 * @property {string} [institution]
 * @property {number} [title]
 * @property {string} [approved_on]
 * @property {Filing[]} [filings]
 * @property {number | bigint} [version]
 */
/** Entry `idx` of the status list at `uri`. @typedef {{idx: number | bigint, uri: string}} StatusRef */
/**
 * Facts with the claims around them. Times are seconds since 1970, UTC; `exp` itself is out.
 * @typedef {object} Credential
 * @property {KindSlug} kind
 * @property {string} iss
 * @property {number} exp
 * @property {number | null} nbf
 * @property {number} iat
 * @property {string} cti in hex
 * @property {StatusRef | null} status
 * @property {Facts} facts
 */

export const DAY_S = 86_400;
export const CODE_LIFETIME_S = 30;
const BOOK_SPAN_S = 12 * 3600;
const MAX_LIFETIME_S = 400 * DAY_S;
/** 9999-12-31T23:59:59Z, the last second of the calendar. */
export const LATEST = 253_402_300_799;
const CTI_BYTES = 8;

/** @type {Record<number, KindSlug>} */
const KINDS = { 1: "licence", 2: "badge", 3: "identity-code" };
/** @type {Record<number, "male" | "female">} */
const GENDERS = { 1: "male", 2: "female" };
/** @type {Record<number, "physician" | "assistant">} */
const LEVELS = { 1: "physician", 2: "assistant" };
const TITLES = [0, 231, 232, 233, 234, 235];
// Image sub-formats of Claim 169 biometrics, and the other numbers of its older attribute 17.
/** @type {Record<number, string>} */
const FACE_FORMATS = { 0: "png", 1: "jpeg", 2: "jpeg2000", 3: "avif", 4: "webp" };
/** @type {Record<number, string>} */
const OLD_FORMATS = { 1: "jpeg", 2: "jpeg2000", 3: "avif", 4: "webp" };

/** @typedef {(value: unknown, name: string) => any} Read */
/** One part of the identity data. @typedef {{label: number, name: keyof Facts, read: Read, optional?: true}} Field */

/** @type {readonly Field[]} */
const FIELDS = [
  { label: labels.LICENCE_NUMBER, name: "licence_number", read: licenceNumber },
  { label: labels.FULL_NAME, name: "name", read: text },
  { label: labels.GENDER, name: "gender", read: oneOf(GENDERS) },
  { label: labels.FACE, name: "face", read: face },
  { label: labels.LEVEL, name: "level", read: oneOf(LEVELS) },
  { label: labels.CATEGORY, name: "category", read: uintWhere((n) => n >= 10 && n <= 99) },
  { label: labels.SCOPES, name: "scopes", read: texts },
  { label: labels.PLACE, name: "place", read: uintWhere(isPlace) },
  { label: labels.INSTITUTION, name: "institution", read: text },
  { label: labels.TITLE, name: "title", read: uintWhere((n) => TITLES.includes(Number(n))) },
  { label: labels.APPROVED_ON, name: "approved_on", read: day },
  { label: labels.FILINGS, name: "filings", read: filings, optional: true },
  { label: labels.VERSION, name: "version", read: uintWhere((n) => n >= 1) },
];
const BADGE_LACKS = ["gender", "scopes", "approved_on", "filings", "version"];
const CODE_HAS = ["licence_number", "name", "face"];
/** @type {Record<KindSlug, readonly Field[]>} */
export const CARRIED = {
  licence: FIELDS,
  badge: FIELDS.filter((field) => !BADGE_LACKS.includes(field.name)),
  "identity-code": FIELDS.filter((field) => CODE_HAS.includes(field.name)),
};

/**
 * The credential in decoded claims; `CLAIMS_NOT_MAP`, the `CLAIM_…` codes and `CODE_LIFETIME`.
 * @param {unknown} claims
 * @returns {Credential}
 */
export function credentialFromMap(claims) {
  if (!(claims instanceof Map)) throw new CredentialError("CLAIMS_NOT_MAP");
  /** @type {KindSlug} */
  const kind = oneOf(KINDS)(required(claims, labels.PRIVATE, "kind"), "kind");
  const iss = text(required(claims, labels.ISS, "iss"), "iss");
  const exp = numericDate(required(claims, labels.EXP, "exp"), "exp");
  const nbf = claims.has(labels.NBF) ? numericDate(claims.get(labels.NBF), "nbf") : null;
  const iat = numericDate(required(claims, labels.IAT, "iat"), "iat");
  const cti = readCti(required(claims, labels.CTI, "cti"), "cti");
  const status = readStatus(claims, kind !== "identity-code" || nbf !== null);
  const facts = readFacts(kind, required(claims, labels.IDENTITY, "identity"));
  for (const label of claims.keys()) {
    if (typeof label !== "string" && label < labels.PRIVATE) throw new CredentialError("CLAIM_UNKNOWN", String(label));
  }
  checkTimes(kind, { exp, nbf, iat });
  return { kind, iss, exp, nbf, iat, cti, status, facts };
}

/** @param {KindSlug} kind @param {{exp: number, nbf: number | null, iat: number}} times */
function checkTimes(kind, { exp, nbf, iat }) {
  if (exp <= iat) throw new CredentialError("CLAIM_VALUE", "exp");
  if (nbf !== null && !(iat <= nbf && nbf < exp)) throw new CredentialError("CLAIM_VALUE", "nbf");
  if (kind === "identity-code") {
    const start = nbf ?? iat;
    if (exp - start > CODE_LIFETIME_S || start - iat > BOOK_SPAN_S) throw new CredentialError("CODE_LIFETIME");
  } else if (exp - iat > MAX_LIFETIME_S) {
    throw new CredentialError("CLAIM_VALUE", "exp");
  }
}

/** @param {KindSlug} kind @param {unknown} identity @returns {Facts} */
function readFacts(kind, identity) {
  if (!(identity instanceof Map)) throw new CredentialError("CLAIM_TYPE", "identity");
  /** @type {Record<string, unknown>} */
  const values = {};
  for (const field of CARRIED[kind]) {
    if (identity.has(field.label)) {
      values[field.name] = field.read(identity.get(field.label), field.name);
    } else if (field.name === "face" && identity.has(labels.OLD_PHOTO)) {
      values.face = oldPhoto(identity);
    } else if (!field.optional) {
      throw new CredentialError("CLAIM_MISSING", field.name);
    }
  }
  return /** @type {Facts} */ (/** @type {unknown} */ (values));
}

// --- wire values: each reader takes the decoded value and the name to complain with -------------------------

/** @param {Map<unknown, unknown>} claims @param {number} label @param {string} name */
function required(claims, label, name) {
  if (!claims.has(label)) throw new CredentialError("CLAIM_MISSING", name);
  return claims.get(label);
}

/**
 * An unsigned integer; true, 1.0 and -1 are not. A bigint beyond 2^53.
 * @param {unknown} value
 * @param {string} name
 * @returns {number | bigint}
 */
function uint(value, name) {
  if ((typeof value !== "number" && typeof value !== "bigint") || value < 0) throw new CredentialError("CLAIM_TYPE", name);
  return value;
}

/**
 * A NumericDate of the profile: whole seconds from 1970 to the end of the year 9999.
 * @param {unknown} value
 * @param {string} name
 */
export function numericDate(value, name) {
  const seconds = uint(value, name);
  if (!(seconds > 0 && seconds <= LATEST)) throw new CredentialError("CLAIM_TYPE", name);
  return Number(seconds);
}

/** @param {unknown} value @param {string} name */
function text(value, name) {
  if (typeof value !== "string") throw new CredentialError("CLAIM_TYPE", name);
  if (!value) throw new CredentialError("CLAIM_VALUE", name);
  return value;
}

/** @param {unknown} value @param {string} name */
function texts(value, name) {
  if (!Array.isArray(value)) throw new CredentialError("CLAIM_TYPE", name);
  if (!value.length) throw new CredentialError("CLAIM_VALUE", name);
  return value.map((each) => text(each, name));
}

/**
 * @template T
 * @param {Record<number, T>} allowed
 * @returns {(value: unknown, name: string) => T}
 */
function oneOf(allowed) {
  return (value, name) => {
    const number = Number(uint(value, name));
    if (!Object.hasOwn(allowed, number)) throw new CredentialError("CLAIM_VALUE", name);
    return allowed[number];
  };
}

/** @param {(value: number | bigint) => boolean} holds @returns {Read} */
function uintWhere(holds) {
  return (value, name) => {
    const number = uint(value, name);
    if (!holds(number)) throw new CredentialError("CLAIM_VALUE", name);
    return number;
  };
}

/** @param {unknown} value @param {string} name */
function licenceNumber(value, name) {
  const number = text(value, name);
  if (!/^[0-9]{15}$/.test(number)) throw new CredentialError("CLAIM_VALUE", name);
  return number;
}

/**
 * A day written as the integer YYYYMMDD, as YYYY-MM-DD.
 * @param {unknown} value
 * @param {string} name
 */
function day(value, name) {
  const number = Number(uint(value, name));
  const [year, month, date] = [Math.floor(number / 10_000), Math.floor(number / 100) % 100, number % 100];
  if (year < 1 || year > 9999 || month < 1 || month > 12 || date < 1 || date > daysOf(year, month)) {
    throw new CredentialError("CLAIM_VALUE", name);
  }
  return [String(year).padStart(4, "0"), String(month).padStart(2, "0"), String(date).padStart(2, "0")].join("-");
}

/** @param {number} year @param {number} month from 1 */
function daysOf(year, month) {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
}

/** @param {unknown} value @param {string} name */
function readCti(value, name) {
  if (!(value instanceof Uint8Array)) throw new CredentialError("CLAIM_TYPE", name);
  if (value.length !== CTI_BYTES) throw new CredentialError("CLAIM_VALUE", name);
  return toHex(value);
}

/** @param {Map<unknown, unknown>} claims @param {boolean} needed @returns {StatusRef | null} */
function readStatus(claims, needed) {
  if (!claims.has(labels.STATUS) && !needed) return null;
  const status = required(claims, labels.STATUS, "status");
  const entry = status instanceof Map ? status.get("status_list") : null;
  if (!(entry instanceof Map)) throw new CredentialError("CLAIM_TYPE", "status");
  if (!entry.has("idx") || !entry.has("uri")) throw new CredentialError("CLAIM_MISSING", "status");
  return { idx: uint(entry.get("idx"), "status"), uri: text(entry.get("uri"), "status") };
}

/**
 * `[{0: bstr, 1: 0, 2: format}]`; a bare map is read too, as the specification's example has it.
 * @param {unknown} value
 * @param {string} name
 * @returns {Face}
 */
function face(value, name) {
  const entry = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (!(entry instanceof Map)) throw new CredentialError("CLAIM_TYPE", name);
  const image = entry.get(0);
  if (!(image instanceof Uint8Array)) throw new CredentialError("CLAIM_TYPE", name);
  const [sort, code] = [uint(entry.get(1), name), Number(uint(entry.get(2), name))];
  if (!image.length || sort !== 0 || !Object.hasOwn(FACE_FORMATS, code)) throw new CredentialError("CLAIM_VALUE", name);
  return { image, format: FACE_FORMATS[code] };
}

/** Attributes 16 and 17 of Claim 169 before 1.2.1. @param {Map<unknown, unknown>} identity @returns {Face} */
function oldPhoto(identity) {
  const image = identity.get(labels.OLD_PHOTO);
  if (!(image instanceof Uint8Array)) throw new CredentialError("CLAIM_TYPE", "face");
  if (!image.length) throw new CredentialError("CLAIM_VALUE", "face");
  const code = Number(uint(identity.get(labels.OLD_PHOTO_FORMAT), "face"));
  if (!Object.hasOwn(OLD_FORMATS, code)) throw new CredentialError("CLAIM_VALUE", "face");
  return { image, format: OLD_FORMATS[code] };
}

/** @param {unknown} value @param {string} name @returns {Filing[]} */
function filings(value, name) {
  if (!Array.isArray(value) || !value.every((each) => Array.isArray(each) && each.length === 4)) {
    throw new CredentialError("CLAIM_TYPE", name);
  }
  if (!value.length) throw new CredentialError("CLAIM_VALUE", name);
  return value.map(([institution, scopes, begins, ends]) => {
    const filing = {
      institution: text(institution, name),
      scopes: texts(scopes, name),
      begins: day(begins, name),
      ends: day(ends, name),
    };
    if (filing.ends < filing.begins) throw new CredentialError("CLAIM_VALUE", name);
    return filing;
  });
}

/** A GB/T 2260 code: two digits for a province, six for a county. @param {number | bigint} code */
function isPlace(code) {
  return (code >= 11 && code <= 99) || (code >= 110_000 && code <= 999_999);
}
