/**
 * What a reader believes, and how that may change: the rules of The Update Framework, in our terms.
 *
 * - First trust is a *pin*: anchors and environment, written into the page's configuration by whoever deploys it.
 *   Afterwards only a signed chain changes them: trust list N+1 carries `threshold` distinct anchors of N and, where
 *   the anchors changed, `threshold` of its own; each step is walked, none is skipped.
 * - A lower version is refused, and the same version with other bytes too. An expired list only helps to load a
 *   newer one. A test list never enters a production store, nor the other way round.
 * - Snapshot versions and status lists never go back, unless a trust list with a higher epoch says so. A revocation
 *   once seen stays seen, whatever any later list says.
 * - Nothing counts because it lies in the store: snapshot and status lists are opened anew, with the keys of the
 *   present trust list, when they are first needed.
 *
 * `Trust` is a value; accepting makes a new one. Only `store.js` touches the disk.
 * Source: The Update Framework specification 1.0, section 5.
 */

import { compareBytes, toHex } from "./bytes.js";
import { decode, encode } from "./cbor.js";
import { isSignedBy, kidOf, signersOf, unpackSign1 } from "./cose.js";
import { CredentialError, faultsAs } from "./errors.js";
import { publicKey, sha256 } from "./keys.js";
import { TYP, TYP_SNAPSHOT, TYP_STATUS_LIST, TYP_TIME } from "./labels.js";
import { REVOKED, statusListFromBytes } from "./status_list.js";
import {
  MAX_LIST_BYTES,
  MAX_SIGNED_TIME_BYTES,
  MAX_SNAPSHOT_BYTES,
  Reader,
  candidates,
  checkKey,
  signedTimeFromBytes,
  signedTrustListFromBytes,
  snapshotFromBytes,
} from "./trust_list.js";

/** @typedef {import("./errors.js").Code} Code */
/** @typedef {import("./keys.js").PublicKey} PublicKey */
/** @typedef {import("./claims.js").StatusRef} StatusRef */
/** @typedef {import("./status_list.js").StatusList} StatusList */
/** @typedef {import("./trust_list.js").Environment} Environment */
/** @typedef {import("./trust_list.js").KeyRecord} KeyRecord */
/** @typedef {import("./trust_list.js").Snapshot} Snapshot */
/** @typedef {import("./trust_list.js").SignedTrustList} SignedTrustList */
/** @typedef {import("./trust_list.js").TrustList} TrustList */

/** First trust. @typedef {{environment: Environment, version: bigint, threshold: number, anchors: PublicKey[]}} Pin */
/** What the status list says of one entry, and as of when (seconds UTC). @typedef {{status: number, asOf: number, stale: boolean}} Standing */
/** Gives the trust list of a version, or null where it cannot be had. @typedef {(version: bigint) => Promise<Uint8Array | null>} Older */

export const CLOCK_TOLERANCE_S = 5;
const MAX_STEPS = 1024n;

/**
 * The pin in the bytes that `yizheng-verify trust pin` keeps: `{"anchors": [COSE_Key], "threshold", "version", "environment"}`.
 * @param {Uint8Array} data
 * @returns {Promise<Pin>}
 */
export async function pinFromBytes(data) {
  const read = new Reader(faultsAs(() => decode(data), "TRUST_MALFORMED", "pin"), "pin");
  const anchors = [];
  for (const each of read.list("anchors")) anchors.push(await publicKey(each));
  const environment = read.text("environment");
  const threshold = Number(read.number("threshold"));
  if ((environment !== "production" && environment !== "test") || threshold > anchors.length) {
    throw new CredentialError("TRUST_MALFORMED", "pin");
  }
  return { environment, version: read.number("version"), threshold, anchors };
}

/** What two people compare: SHA-256 over environment, threshold and anchors, in hex. @param {Pin} pin */
export async function fingerprint(pin) {
  const anchors = pin.anchors.map((anchor) => anchor.encoded).sort(compareBytes).map((each) => decode(each));
  const said = new Map(Object.entries({ anchors, threshold: pin.threshold, environment: pin.environment }));
  return toHex(await sha256(encode(said)));
}

/** Everything a verification believes in: an accepted trust list, and lists that may be missing. */
export class Trust {
  /** @type {Map<string, {listed: StatusList, record: KeyRecord}>} */
  #opened = new Map();
  /** @type {{snapshot: Snapshot, record: KeyRecord} | null} */
  #snapshot = null;

  /**
   * @param {object} held
   * @param {Uint8Array} held.message the signed trust list
   * @param {TrustList} held.content
   * @param {Uint8Array | null} [held.snapshotMessage]
   * @param {readonly Uint8Array[]} [held.listMessages]
   * @param {ReadonlyMap<string, ReadonlySet<number>>} [held.revoked] revocations seen earlier that the present lists no longer show, by list URI
   * @param {number} [held.signedTime] the latest time that anything accepted was signed at
   */
  constructor({ message, content, snapshotMessage = null, listMessages = [], revoked = new Map(), signedTime = 0 }) {
    this.message = message;
    this.content = content;
    this.snapshotMessage = snapshotMessage;
    this.listMessages = listMessages;
    this.revoked = revoked;
    this.signedTime = signedTime;
  }

  /** @param {Partial<ConstructorParameters<typeof Trust>[0]>} changes */
  #with(changes) {
    const { message, content, snapshotMessage, listMessages, revoked, signedTime } = this;
    return new Trust({ message, content, snapshotMessage, listMessages, revoked, signedTime, ...changes });
  }

  // --- what verification asks ---------------------------------------------------------------------------------

  /** @param {number} now */
  checkNotExpired(now) {
    if (now >= this.content.exp) throw new CredentialError("TRUST_EXPIRED");
  }

  /** `CLOCK_WENT_BACK` when a clock shows less than a time already seen signed. @param {number} now */
  checkClock(now) {
    if (now < this.signedTime - CLOCK_TOLERANCE_S) throw new CredentialError("CLOCK_WENT_BACK");
  }

  /** Whether a snapshot is held that has not reached its soft end. @param {number} now */
  async isFresh(now) {
    const snapshot = await this.snapshot(now).catch(nullForFault);
    return snapshot !== null && now < snapshot.iat + snapshot.ttl;
  }

  /** The snapshot, whose key must still count at `now`; its own dates are not looked at. @param {number} now */
  async snapshot(now) {
    if (this.snapshotMessage === null) return null;
    this.#snapshot ??= await openSnapshot(this.snapshotMessage, this.content, now);
    const { snapshot, record } = this.#snapshot;
    checkKey(record, "snapshot", { iss: record.iss, iat: snapshot.iat, now });
    return snapshot;
  }

  /**
   * What the current status list says of `ref`. `STATUS_UNKNOWN` when no list can answer at `now`,
   * `STATUS_SUBJECT` when the list is another issuer's, `STATUS_INDEX` beyond its end.
   * @param {StatusRef} ref
   * @param {{iss: string, now: number}} asked
   * @returns {Promise<Standing>}
   */
  async standing(ref, { iss, now }) {
    const { snapshot, listed, record } = await this.#current(ref.uri, now).catch((error) => {
      if (error instanceof CredentialError) throw new CredentialError("STATUS_UNKNOWN", "", error.reason);
      throw error;
    });
    if (now >= Math.min(snapshot.exp, listed.exp)) throw new CredentialError("STATUS_UNKNOWN", "", "past its end");
    if (record.iss !== iss) throw new CredentialError("STATUS_SUBJECT");
    let status = listed.array.at(ref.idx);
    if (this.revoked.get(ref.uri)?.has(Number(ref.idx))) status = REVOKED;
    const softEnd = Math.min(snapshot.iat + snapshot.ttl, listed.iat + listed.ttl);
    return { status, asOf: listed.iat, stale: now >= softEnd };
  }

  /** @param {string} uri @param {number} now */
  async #current(uri, now) {
    const snapshot = await this.snapshot(now);
    if (snapshot === null) throw new CredentialError("STATUS_UNKNOWN", "", "no snapshot");
    let found = this.#opened.get(uri);
    if (!found) {
      const wanted = new Set(snapshot.lists.filter((entry) => entry.uri === uri).map((entry) => toHex(entry.sha256)));
      const message = await firstWithDigest(this.listMessages, wanted);
      if (!message) throw new CredentialError("STATUS_UNKNOWN", "", "no such list");
      found = await openStatusList(message, this.content, now);
      this.#opened.set(uri, found);
    }
    const { listed, record } = found;
    checkKey(record, "status-list", { iss: record.iss, iat: listed.iat, now });
    return { snapshot, listed, record };
  }

  // --- how it changes -----------------------------------------------------------------------------------------

  /**
   * This trust with a newer snapshot and the status lists that it names, all or nothing. `TRUST_SIGNATURE`,
   * `TRUST_MALFORMED`, `TRUST_ROLLBACK`, `TRUST_EQUIVOCATION`, `TRUST_MIX`, the `KEY_…` codes, `STATUS_SIGNATURE`,
   * `STATUS_MALFORMED`, `STATUS_SUBJECT`, `STATUS_ROLLBACK` or `SIZE_LIMIT`.
   * @param {Uint8Array} message
   * @param {readonly Uint8Array[]} lists
   * @param {number} now
   */
  async withSnapshot(message, lists, now) {
    const { snapshot } = await openSnapshot(message, this.content, now);
    if (snapshot.epoch !== this.content.epoch || snapshot.trust_version > this.content.version) {
      throw new CredentialError("TRUST_MIX", "snapshot");
    }
    let held = this.heldSnapshot();
    if (held !== null && held.epoch !== snapshot.epoch) held = null;
    if (held !== null) {
      if (snapshot.version < held.version) throw new CredentialError("TRUST_ROLLBACK", "snapshot");
      const same = this.snapshotMessage !== null && compareBytes(message, this.snapshotMessage) === 0;
      if (snapshot.version === held.version && !same) throw new CredentialError("TRUST_EQUIVOCATION", "snapshot");
    }
    const opened = await this.#openNamed(snapshot, lists, now);
    const heldIats = new Map(held?.lists.map((entry) => [entry.uri, entry.iat]));
    for (const [uri, listed] of opened) {
      if (listed.iat < (heldIats.get(uri) ?? 0)) throw new CredentialError("STATUS_ROLLBACK", uri);
    }
    return this.#with({
      snapshotMessage: message,
      listMessages: [...lists],
      revoked: this.#stillRevoked(opened),
      signedTime: Math.max(this.signedTime, snapshot.iat),
    });
  }

  /** This trust, having heard the time from a snapshot key; `TRUST_ROLLBACK` for an old one. @param {Uint8Array} message @param {number} now */
  async withSignedTime(message, now) {
    if (message.length > MAX_SIGNED_TIME_BYTES) throw new CredentialError("SIZE_LIMIT", "time");
    const { said, record } = await open(message, this.content, TYP_TIME, signedTimeFromBytes, "TRUST_SIGNATURE");
    checkKey(record, "snapshot", { iss: record.iss, iat: said.iat, now });
    if (said.iat < this.signedTime) throw new CredentialError("TRUST_ROLLBACK", "time");
    return this.#with({ signedTime: said.iat });
  }

  /** The snapshot held, read for its numbers alone: they count whatever became of its key. */
  heldSnapshot() {
    if (this.snapshotMessage === null) return null;
    return snapshotFromBytes(unpackSign1(this.snapshotMessage, { ordered: false }).payload ?? new Uint8Array());
  }

  /**
   * The lists by URI: exactly those that the snapshot names, each signed for its own URI.
   * @param {Snapshot} snapshot
   * @param {readonly Uint8Array[]} lists
   * @param {number} now
   */
  async #openNamed(snapshot, lists, now) {
    const named = new Map(snapshot.lists.map((entry) => [toHex(entry.sha256), entry]));
    /** @type {Map<string, StatusList>} */
    const opened = new Map();
    for (const message of lists) {
      const { listed } = await openStatusList(message, this.content, now);
      const digest = toHex(await sha256(message));
      const entry = named.get(digest);
      named.delete(digest);
      if (!entry || entry.iat !== listed.iat) throw new CredentialError("TRUST_MIX", listed.uri);
      if (entry.uri !== listed.uri) throw new CredentialError("STATUS_SUBJECT", listed.uri);
      opened.set(listed.uri, listed);
    }
    for (const missing of named.values()) throw new CredentialError("TRUST_MIX", missing.uri);
    return opened;
  }

  /** Every revocation seen so far that `opened` does not show. @param {Map<string, StatusList>} opened */
  #stillRevoked(opened) {
    const remembered = new Map(this.revoked);
    for (const message of this.listMessages) {
      const old = statusListFromBytes(unpackSign1(message, { ordered: false }).payload ?? new Uint8Array());
      const shown = opened.get(old.uri);
      const still = shown?.array.bits === old.array.bits ? shown.array.revoked() : null;
      const bitmap = old.array.revoked().map((byte, i) => byte & ~(still?.[i] ?? 0));
      const gone = old.array.entries(bitmap);
      if (gone.length) remembered.set(old.uri, new Set([...(remembered.get(old.uri) ?? []), ...gone]));
    }
    return remembered;
  }
}

/**
 * The trust after a trust list: `held` itself when it is the same one. `older` gives the versions between, each of
 * which is walked. `TRUST_ENVIRONMENT`, `TRUST_ROLLBACK`, `TRUST_EQUIVOCATION`, `TRUST_VERSION_GAP`,
 * `TRUST_SIGNATURE`, `TRUST_THRESHOLD`, `TRUST_EXPIRED`, `TRUST_MALFORMED` or `SIZE_LIMIT`.
 * @param {Uint8Array} message
 * @param {{pin: Pin, held: Trust | null, now: number, older: Older}} known
 * @returns {Promise<Trust>}
 */
export async function acceptList(message, { pin, held, now, older }) {
  const signed = await signedTrustListFromBytes(message);
  const wanted = signed.content;
  if (wanted.environment !== pin.environment) throw new CredentialError("TRUST_ENVIRONMENT");
  /** @type {Pin | TrustList} */
  let known = held ? held.content : pin;
  if (wanted.version < known.version || (held && wanted.epoch < held.content.epoch)) {
    throw new CredentialError("TRUST_ROLLBACK", "trust list");
  }
  if (held && wanted.version === known.version) {
    if (compareBytes(message, held.message) !== 0) throw new CredentialError("TRUST_EQUIVOCATION", "trust list");
    held.checkNotExpired(now);
    return held;
  }
  if (wanted.version - known.version > MAX_STEPS) throw new CredentialError("TRUST_VERSION_GAP");
  for (let version = known.version + 1n; version < wanted.version; version++) {
    const step = await older(version);
    if (step === null) throw new CredentialError("TRUST_VERSION_GAP", String(version));
    known = await walk(await signedTrustListFromBytes(step), known, version);
  }
  await walk(signed, known, wanted.version);
  if (now >= wanted.exp) throw new CredentialError("TRUST_EXPIRED");
  return new Trust({
    message,
    content: wanted,
    snapshotMessage: held?.snapshotMessage,
    listMessages: held?.listMessages,
    revoked: held?.revoked,
    signedTime: Math.max(held?.signedTime ?? 0, wanted.iat),
  });
}

/**
 * The list of `signed`, having followed from `known` by the anchors' signatures.
 * @param {SignedTrustList} signed
 * @param {Pin | TrustList} known
 * @param {bigint} version
 * @returns {Promise<TrustList>}
 */
async function walk({ signatures, content }, known, version) {
  if (content.version !== version) throw new CredentialError("TRUST_VERSION_GAP", String(version));
  if (content.environment !== known.environment) throw new CredentialError("TRUST_ENVIRONMENT");
  const own = await signersOf(signatures, content.anchors);
  const byKnown = await signersOf(signatures, known.anchors);
  if (!own.size && !byKnown.size) throw new CredentialError("TRUST_SIGNATURE", "anchors");
  if (byKnown.size < known.threshold || own.size < content.threshold) throw new CredentialError("TRUST_THRESHOLD");
  return content;
}

/** The snapshot in `message` and the key that signed it. @param {Uint8Array} message @param {TrustList} content @param {number} now */
async function openSnapshot(message, content, now) {
  if (message.length > MAX_SNAPSHOT_BYTES) throw new CredentialError("SIZE_LIMIT", "snapshot");
  const { said, record } = await open(message, content, TYP_SNAPSHOT, snapshotFromBytes, "TRUST_SIGNATURE");
  checkKey(record, "snapshot", { iss: record.iss, iat: said.iat, now });
  return { snapshot: said, record };
}

/** The status list in `message` and the key that signed it. @param {Uint8Array} message @param {TrustList} content @param {number} now */
async function openStatusList(message, content, now) {
  if (message.length > MAX_LIST_BYTES) throw new CredentialError("SIZE_LIMIT", "status list");
  const { said, record } = await open(message, content, TYP_STATUS_LIST, statusListFromBytes, "STATUS_SIGNATURE");
  checkKey(record, "status-list", { iss: record.iss, iat: said.iat, now });
  return { listed: said, record };
}

/**
 * What a COSE_Sign1 says; `bad` when no key of `content` signed it as `typ`.
 * @template T
 * @param {Uint8Array} message
 * @param {TrustList} content
 * @param {string} typ
 * @param {(payload: Uint8Array) => T} read
 * @param {Code} bad
 * @returns {Promise<{said: T, record: KeyRecord}>}
 */
async function open(message, content, typ, read, bad) {
  const unpacked = faultsAs(() => unpackSign1(message, { ordered: false }), "TRUST_MALFORMED", typ);
  if (unpacked.payload === null || unpacked.headers.get(TYP) !== typ) throw new CredentialError(bad, "typ");
  for (const record of candidates(content, kidOf(unpacked.headers))) {
    if (await isSignedBy(unpacked, unpacked.payload, record.key)) return { said: read(unpacked.payload), record };
  }
  throw new CredentialError(bad);
}

/** @param {readonly Uint8Array[]} messages @param {Set<string>} digests */
async function firstWithDigest(messages, digests) {
  for (const message of messages) if (digests.has(toHex(await sha256(message)))) return message;
  return null;
}

/** @param {unknown} error @returns {null} */
function nullForFault(error) {
  if (error instanceof CredentialError) return null;
  throw error;
}
