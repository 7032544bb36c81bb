/**
 * A page's knowledge while it is open: configuration, what is held and trusted, the clock, the codes just seen. It
 * checks texts and keeps itself up to date; it draws nothing.
 */

import { correctedNow, deviceNow } from "./clock.js";
import { readConfig } from "./config.js";
import { CredentialError, VerificationError, verdictOf } from "./errors.js";
import { SeenCodes } from "./replay.js";
import { trustIn } from "./store.js";
import { setClock, takeIn, update } from "./update.js";
import { verify } from "./verify.js";

/** @typedef {import("./config.js").Config} Config */
/** @typedef {import("./errors.js").Code} Code */
/** @typedef {import("./store.js").ClockState} ClockState */
/** @typedef {import("./store.js").Keeper} Keeper */
/** @typedef {import("./trust.js").Trust} Trust */
/** @typedef {import("./verify.js").Verified} Verified */
/** @typedef {{verified: Verified, notices: Code[]} | {error: VerificationError}} Outcome */

export class Session {
  #seen = new SeenCodes();
  /** @type {Config | null} */
  config = null;
  /** @type {Trust | null} */
  trust = null;
  /** @type {ClockState | null} */
  clock = null;
  /** Why there is nothing to check with, or why the last update was refused. @type {CredentialError | null} */
  problem = null;
  /** Seconds UTC of the last contact that succeeded, 0 for none since the page was opened. */
  contact = 0;

  /** @param {Keeper} keeper @param {() => void} changed called when what is held has changed */
  constructor(keeper, changed) {
    this.keeper = keeper;
    this.changed = changed;
  }

  /** Reads what this device holds; `configured` is the decoded config.json beside the page. @param {unknown} configured @param {URL} place */
  async open(configured, place) {
    try {
      if (!globalThis.crypto?.subtle) throw new CredentialError("BROWSER_UNSUPPORTED");
      this.config = await readConfig(configured, place);
      await this.#reload();
    } catch (error) {
      this.problem = asFault(error);
    }
    this.changed();
  }

  /** Seconds UTC, by the issuer's time as far as it is known. */
  now() {
    return correctedNow(this.clock);
  }

  /**
   * What comes of a text, as the command has it: what is held comes first, then the code.
   * @param {string} text
   * @returns {Promise<Outcome>}
   */
  async check(text) {
    const now = this.now();
    try {
      if (!this.trust) throw this.#nothingHeld();
      this.trust.checkClock(now);
      const verified = await verify(text, { trust: this.trust, now });
      /** @type {Code[]} */
      const notices = this.#seen.seenBefore(verified, now) ? ["CODE_REPLAYED"] : [];
      return { verified, notices };
    } catch (error) {
      if (error instanceof VerificationError) return { error };
      return { error: notVerified(asFault(error)) };
    }
  }

  /** Looks for something newer. What is held stays when there is nothing, or nothing good. */
  async refresh() {
    if (!this.config) return;
    try {
      this.trust = await update(this.config, this.keeper, this.now());
      this.contact = deviceNow();
      this.problem = null;
    } catch (error) {
      this.problem = asFault(error);
      await this.#reload(); // a trust list may have been accepted before its snapshot was refused
    }
    if (this.contact && !this.problem) await this.setClock().catch(asFault);
    this.changed();
  }

  /** 校时. Returns the offset now known, null when no signed time could be had. */
  async setClock() {
    if (!this.config) return null;
    const heard = await setClock(this.config, this.keeper);
    if (heard) [this.trust, this.clock] = [heard.trust, heard.clock];
    this.changed();
    return heard?.clock ?? null;
  }

  /** Takes in a bundle from a file; throws what is wrong with it. @param {Uint8Array} data */
  async importBundle(data) {
    if (!this.config) throw this.problem ?? new CredentialError("TRUST_MISSING");
    try {
      const older = async () => null;
      this.trust = await takeIn(data, { config: this.config, keeper: this.keeper, now: this.now(), older });
      this.problem = null;
    } finally {
      this.changed();
    }
  }

  /** Forgets everything, and starts again from the pin. */
  async forget() {
    await this.keeper.clear();
    [this.trust, this.clock] = [null, null];
    this.changed();
  }

  /** Why nothing can be checked: an update that failed is no fault of the code. */
  #nothingHeld() {
    return this.problem && verdictOf(this.problem.code) === "undetermined" ? this.problem : new CredentialError("TRUST_MISSING");
  }

  async #reload() {
    const stored = await this.keeper.read();
    [this.trust, this.clock] = [await trustIn(stored), stored.clock];
  }
}

/** A fault found before verification, in the form of its answers. @param {CredentialError} fault */
export function notVerified(fault) {
  return new VerificationError(fault, { verdict: verdictOf(fault.code), about: null, notices: [] });
}

/** Faults of ours pass; anything else is a bug and surfaces. @param {unknown} error */
function asFault(error) {
  if (error instanceof CredentialError) return error;
  throw error;
}
