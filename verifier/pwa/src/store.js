/**
 * What this browser keeps: first trust, what was accepted since, and the clock's offset. Nothing scanned is in it.
 *
 * One record, written in one transaction: a power cut leaves the old state or the new. Two open pages may update at
 * once; whoever started from a state that is no longer held starts again.
 */

import { Trust } from "./trust.js";
import { signedTrustListFromBytes } from "./trust_list.js";

/** The offset of the issuer's time to this device's, as last measured. @typedef {{offsetS: number, measuredAt: number}} ClockState */
/**
 * @typedef {object} Stored
 * @property {number} generation counts the writes
 * @property {Uint8Array | null} trust
 * @property {Uint8Array | null} snapshot
 * @property {Uint8Array[]} lists
 * @property {[string, number[]][]} revoked
 * @property {number} time
 * @property {string | null} pinned fingerprint of first trust
 * @property {ClockState | null} clock
 */

const NAME = "yizheng-trust";
const RECORDS = "records";
const KEY = "accepted";

/** @type {Stored} */
const NOTHING = { generation: 0, trust: null, snapshot: null, lists: [], revoked: [], time: 0, pinned: null, clock: null };

export class Store {
  /** @param {IDBDatabase} database */
  constructor(database) {
    this.database = database;
  }

  /** The store of this browser; rejected where it keeps nothing (private windows, full disks). */
  static async open() {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(RECORDS);
    return new Store(await done(request));
  }

  /** @returns {Promise<Stored>} */
  async read() {
    const found = await done(this.database.transaction(RECORDS).objectStore(RECORDS).get(KEY));
    return found ?? NOTHING;
  }

  /**
   * Puts `after` in the place of `before`; false when another page has written since.
   * @param {Stored} before
   * @param {Stored} after
   * @returns {Promise<boolean>}
   */
  async replace(before, after) {
    const transaction = this.database.transaction(RECORDS, "readwrite", { durability: "strict" });
    const records = transaction.objectStore(RECORDS);
    const held = (await done(records.get(KEY))) ?? NOTHING;
    if (held.generation !== before.generation) {
      transaction.abort();
      return false;
    }
    records.put(after, KEY);
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error ?? new DOMException("", "AbortError"));
    });
    return true;
  }

  /** Forgets everything, and starts again from the pin. */
  async clear() {
    await done(this.database.transaction(RECORDS, "readwrite").objectStore(RECORDS).delete(KEY));
  }
}

/**
 * What a page reads and writes: the store as long as it can be used, and memory from then on, begun with what was last
 * held. A disk that is full, or a store that the browser cleared, must neither end the check nor lose what this page
 * knows: an older publication is refused and a revoked credential is revoked as before.
 */
export class Keeper {
  /** What was last read or written. */
  #held = NOTHING;
  #store;

  /** @param {Store | null} store null where the browser keeps nothing */
  constructor(store) {
    this.#store = store;
  }

  /** Whether what is accepted outlives the page. */
  get keeps() {
    return this.#store !== null;
  }

  /** @returns {Promise<Stored>} */
  async read() {
    await this.#onDisk(async (store) => {
      this.#held = await store.read();
    });
    return this.#held;
  }

  /**
   * Writes `changes` over the state `before`; false when something else was written since.
   * @param {Stored} before
   * @param {Partial<Stored>} changes
   * @returns {Promise<boolean>}
   */
  async write(before, changes) {
    const after = { ...before, ...changes, generation: before.generation + 1 };
    const replaced = (await this.#onDisk((store) => store.replace(before, after))) ?? before.generation === this.#held.generation;
    if (!replaced) return false;
    this.#held = after;
    return true;
  }

  /** Forgets everything, and starts again from the pin. */
  async clear() {
    await this.#onDisk((store) => store.clear());
    this.#held = NOTHING;
  }

  /**
   * What the store answers; null where there is none, or none any more.
   * @template T
   * @param {(store: Store) => Promise<T>} act
   * @returns {Promise<T | null>}
   */
  async #onDisk(act) {
    if (!this.#store) return null;
    try {
      return await act(this.#store);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      this.#store = null;
      return null;
    }
  }
}

/**
 * What was accepted, null before the first update. Signatures are checked again when they are first needed.
 * @param {Stored} stored
 * @returns {Promise<Trust | null>}
 */
export async function trustIn(stored) {
  if (stored.trust === null) return null;
  const { content } = await signedTrustListFromBytes(stored.trust);
  return new Trust({
    message: stored.trust,
    content,
    snapshotMessage: stored.snapshot,
    listMessages: stored.lists,
    revoked: new Map(stored.revoked.map(([uri, entries]) => [uri, new Set(entries)])),
    signedTime: stored.time,
  });
}

/** What to write of an accepted trust. @param {Trust} trust @returns {Partial<Stored>} */
export function asStored(trust) {
  return {
    trust: trust.message,
    snapshot: trust.snapshotMessage,
    lists: [...trust.listMessages],
    revoked: [...trust.revoked].map(([uri, entries]) => [uri, [...entries]]),
    time: trust.signedTime,
  };
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
