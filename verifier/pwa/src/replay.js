/**
 * Has this very code been shown before? Told as a notice, for offline it cannot be prevented.
 *
 * Codes are remembered by their credential id, never by their bytes: the same code can be compressed anew, and an
 * ECDSA signature has a second form, (r, n-s), that holds as well. Nothing of the person is kept, and an id is
 * forgotten when its code has ended.
 */

/** Identity codes seen while this object lives: ids and ends, in memory. */
export class SeenCodes {
  /** @type {Map<string, number>} */
  #ends = new Map();

  /**
   * Whether this identity code was handed in before; remembers it until it ends.
   * @param {import("./verify.js").Verified} verified
   * @param {number} now
   */
  seenBefore({ credential }, now) {
    if (credential.kind !== "identity-code") return false;
    for (const [cti, end] of this.#ends) if (end <= now) this.#ends.delete(cti);
    const again = this.#ends.has(credential.cti);
    this.#ends.set(credential.cti, credential.exp);
    return again;
  }
}
