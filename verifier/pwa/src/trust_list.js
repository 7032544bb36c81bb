/**
 * Trust list, snapshot, signed time and bundle as data: who may sign what, and which lists are current.
 *
 *     trust list  COSE_Sign by the anchors; body header {16: typ}; claims 6 iat, 4 exp, -65537 body
 *     snapshot    COSE_Sign1 by a snapshot key; claims 6 iat, 4 exp, 65534 ttl, -65537 body
 *     time        COSE_Sign1 by a snapshot key; claims 6 iat
 *     bundle      {"trust": bstr, "snapshot": bstr, "lists": [bstr]}, all that an offline reader needs
 *
 * This module says what the bytes mean and whether they are well formed; whether to believe them is decided in
 * `trust.js`. All of it is ours, so it is read as strictly as our credentials.
 */

import { sameBytes, toHex } from "./bytes.js";
import { decode } from "./cbor.js";
import { LATEST } from "./claims.js";
import { unpackSign } from "./cose.js";
import { CredentialError, faultsAs } from "./errors.js";
import { publicKey } from "./keys.js";
import * as labels from "./labels.js";

export const MAX_TRUST_LIST_BYTES = 1024 * 1024;
export const MAX_SNAPSHOT_BYTES = 256 * 1024;
export const MAX_LIST_BYTES = 2 * 1024 * 1024;
export const MAX_BUNDLE_BYTES = 16 * 1024 * 1024;
export const MAX_SIGNED_TIME_BYTES = 1024;

/** @typedef {import("./keys.js").PublicKey} PublicKey */
/** What a key may sign. @typedef {"licence" | "badge" | "identity-code" | "status-list" | "snapshot"} Purpose */
const PURPOSES = ["licence", "badge", "identity-code", "status-list", "snapshot"];
/** A production store never takes a test list, and the other way round. @typedef {"production" | "test"} Environment */

/**
 * One key of the trust list: whose it is, what it may sign, where and when. Seconds UTC. `compromised` refuses every
 * signature of the key, whatever its iat: a thief dates back. `regions` are GB/T 2260 prefixes; `*` is everywhere.
 * @typedef {object} KeyRecord
 * @property {PublicKey} key
 * @property {string} iss
 * @property {{zh: string, en: string}} name
 * @property {Set<string>} purposes
 * @property {string[]} regions
 * @property {number} not_before
 * @property {number} sign_until
 * @property {number} verify_until
 * @property {number | null} compromised
 */
/**
 * Who may sign what. `threshold` of `anchors` sign version N+1; `hosts` are ours to link to.
 * @typedef {object} TrustList
 * @property {bigint} version
 * @property {bigint} epoch
 * @property {number} iat
 * @property {number} exp
 * @property {Environment} environment
 * @property {number} threshold
 * @property {PublicKey[]} anchors
 * @property {string[]} hosts
 * @property {KeyRecord[]} keys
 */
/** @typedef {{message: Uint8Array, signatures: import("./cose.js").Sign, content: TrustList}} SignedTrustList */
/** A current status list. @typedef {{uri: string, iat: number, sha256: Uint8Array}} ListEntry */
/**
 * Which status lists are current; stops mixing old with new and freezing one list.
 * @typedef {object} Snapshot
 * @property {bigint} version
 * @property {bigint} epoch
 * @property {bigint} trust_version
 * @property {number} iat
 * @property {number} exp
 * @property {number} ttl
 * @property {ListEntry[]} lists
 */
/** The signed files of one publication. @typedef {{trust: Uint8Array, snapshot: Uint8Array, lists: Uint8Array[]}} Bundle */

/**
 * Returns when the key of `record` may have signed for `iss` at `iat` and still counts at `now`.
 * @param {KeyRecord} record
 * @param {Purpose} purpose
 * @param {{iss: string, iat: number, now: number}} when
 */
export function checkKey(record, purpose, { iss, iat, now }) {
  if (iss !== record.iss) throw new CredentialError("ISSUER_MISMATCH");
  if (record.compromised !== null) throw new CredentialError("KEY_REVOKED");
  if (!record.purposes.has(purpose)) throw new CredentialError("KEY_PURPOSE");
  if (iat < record.not_before) throw new CredentialError("KEY_NOT_YET_VALID");
  if (iat >= record.sign_until) throw new CredentialError("KEY_RETIRED");
  if (now >= record.verify_until) throw new CredentialError("KEY_EXPIRED");
}

/**
 * Whether `place` equals, lies under, or (a whole province) contains one of the regions.
 * @param {KeyRecord} record
 * @param {number} place
 */
export function covers(record, place) {
  const code = String(place);
  return record.regions.some((region) => region === "*" || code.startsWith(region) || region.startsWith(code));
}

/**
 * Every key with this key id: two keys may share one, so all are tried.
 * @param {TrustList} content
 * @param {Uint8Array | null} kid
 */
export function candidates(content, kid) {
  return content.keys.filter((record) => sameBytes(record.key.kid, kid));
}

/** The trust list in its signed message; `TRUST_MALFORMED`, `TRUST_SIGNATURE`, `SIZE_LIMIT`, `ALG_NOT_ALLOWED`. @param {Uint8Array} message @returns {Promise<SignedTrustList>} */
export async function signedTrustListFromBytes(message) {
  if (message.length > MAX_TRUST_LIST_BYTES) throw new CredentialError("SIZE_LIMIT", "trust list");
  const unpacked = faultsAs(() => unpackSign(message), "TRUST_MALFORMED", "trust list");
  if (unpacked.headers.get(labels.TYP) !== labels.TYP_TRUST_LIST) throw new CredentialError("TRUST_SIGNATURE", "typ");
  return { message, signatures: unpacked, content: await trustListFromBytes(unpacked.payload) };
}

/** @param {Uint8Array} payload @returns {Promise<TrustList>} */
async function trustListFromBytes(payload) {
  const claims = readClaims(payload);
  const read = new Reader(claims.map(labels.PRIVATE), "trust list");
  const anchors = [];
  for (const each of read.list("anchors")) anchors.push(await publicKey(new Reader(each, "anchors").source));
  const keys = [];
  for (const each of read.list("keys")) keys.push(await keyRecordFromMap(each));
  const threshold = read.number("threshold");
  if (new Set(anchors.map((anchor) => toHex(anchor.kid))).size !== anchors.length) fault("anchors");
  if (!(threshold >= 1 && threshold <= anchors.length)) fault("threshold");
  if (new Set(keys.map((record) => toHex(record.key.encoded))).size !== keys.length) fault("keys");
  const environment = read.text("environment");
  if (environment !== "production" && environment !== "test") return fault("environment");
  return {
    version: read.number("version"),
    epoch: read.number("epoch"),
    iat: claims.time(labels.IAT),
    exp: claims.time(labels.EXP),
    environment,
    threshold: Number(threshold),
    anchors,
    hosts: read.texts("hosts"),
    keys,
  };
}

/** An unknown purpose is passed over: it lets the key sign nothing that we read. @param {unknown} source @returns {Promise<KeyRecord>} */
async function keyRecordFromMap(source) {
  const read = new Reader(source, "keys");
  const key = await publicKey(read.map("key"));
  const names = new Reader(read.map("name"), "name");
  const purposes = new Set(read.texts("purposes").filter((purpose) => PURPOSES.includes(purpose)));
  const compromised = read.source.has("compromised") ? read.time("compromised") : null;
  if (!sameBytes(read.bytes("kid"), key.kid)) fault("kid");
  return {
    key,
    iss: read.text("iss"),
    name: { zh: names.text("zh"), en: names.text("en") },
    purposes,
    regions: read.texts("regions"),
    not_before: read.time("not_before"),
    sign_until: read.time("sign_until"),
    verify_until: read.time("verify_until"),
    compromised,
  };
}

/** `TRUST_MALFORMED` with the part at fault. @param {Uint8Array} payload @returns {Snapshot} */
export function snapshotFromBytes(payload) {
  const claims = readClaims(payload);
  const read = new Reader(claims.map(labels.PRIVATE), "snapshot");
  const entries = read.list("lists").map((each) => new Reader(each, "lists"));
  const lists = entries.map((each) => ({ uri: each.text("uri"), iat: each.time("iat"), sha256: each.bytes("sha256") }));
  if (new Set(lists.map((entry) => entry.uri)).size !== lists.length) fault("lists");
  return {
    version: read.number("version"),
    epoch: read.number("epoch"),
    trust_version: read.number("trust_version"),
    iat: claims.time(labels.IAT),
    exp: claims.time(labels.EXP),
    ttl: Number(claims.number(labels.TTL)),
    lists,
  };
}

/** The issuer's time, for a reader whose own clock is in doubt. @param {Uint8Array} payload */
export function signedTimeFromBytes(payload) {
  return { iat: readClaims(payload).time(labels.IAT) };
}

/** @param {Uint8Array} data @returns {Bundle} */
export function bundleFromBytes(data) {
  if (data.length > MAX_BUNDLE_BYTES) throw new CredentialError("SIZE_LIMIT", "bundle");
  const read = new Reader(faultsAs(() => decode(data), "TRUST_MALFORMED", "bundle"), "bundle");
  const lists = read.list("lists").map((each) => (each instanceof Uint8Array ? each : fault("lists")));
  return { trust: read.bytes("trust"), snapshot: read.bytes("snapshot"), lists };
}

/** Typed access to a decoded map; every fault is `TRUST_MALFORMED` with the name of the part. */
export class Reader {
  /** @param {unknown} source @param {string} name */
  constructor(source, name) {
    this.source = source instanceof Map ? source : fault(name);
  }

  /** @param {string} label @returns {Uint8Array} */
  bytes(label) {
    const value = this.source.get(label);
    return value instanceof Uint8Array ? value : fault(label);
  }

  /** @param {string} label @returns {string} */
  text(label) {
    const value = this.source.get(label);
    return typeof value === "string" && value ? value : fault(label);
  }

  /** A positive integer below 2^63, exactly. @param {number | string} label @returns {bigint} */
  number(label) {
    const value = this.source.get(label);
    const isInteger = typeof value === "number" || typeof value === "bigint";
    return isInteger && value > 0 && value < 2n ** 63n ? BigInt(value) : fault(label);
  }

  /** @param {number | string} label @returns {number} */
  time(label) {
    const value = this.source.get(label);
    return typeof value === "number" && value > 0 && value <= LATEST ? value : fault(label);
  }

  /** @param {number | string} label @returns {Map<unknown, unknown>} */
  map(label) {
    const value = this.source.get(label);
    return value instanceof Map ? value : fault(label);
  }

  /** @param {string} label @returns {unknown[]} */
  list(label) {
    const value = this.source.get(label);
    return Array.isArray(value) ? value : fault(label);
  }

  /** @param {string} label @returns {string[]} */
  texts(label) {
    const values = this.list(label);
    const good = values.length > 0 && values.every((value) => typeof value === "string" && value !== "");
    return good ? /** @type {string[]} */ (values) : fault(label);
  }
}

/** @param {number | string} label @returns {never} */
function fault(label) {
  throw new CredentialError("TRUST_MALFORMED", String(label));
}

/** @param {Uint8Array} payload */
function readClaims(payload) {
  return new Reader(faultsAs(() => decode(payload), "TRUST_MALFORMED", "claims"), "claims");
}
