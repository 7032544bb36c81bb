/**
 * What time it is: this device's clock, moved by the offset that was last measured against the issuer's signed time.
 *
 * A phone's clock may be wrong by minutes, and an identity code lives thirty seconds. The signed time moves this
 * reader's clock only, never the rules: `exp` itself stays out, and a clock behind a time already seen signed is
 * `CLOCK_WENT_BACK`. A slow answer says little about the time, so it measures nothing.
 */

/** @typedef {import("./store.js").ClockState} ClockState */

const SLOWEST_ANSWER_S = 4;
/** Below this an offset may be the network's, not the clock's. */
const NOISE_S = 2;
/** From here on a person is told that the device's clock is wrong. */
export const TELL_FROM_S = 5;

/** Seconds UTC on this device. */
export function deviceNow() {
  return Date.now() / 1000;
}

/**
 * The offset that a signed time shows, null when the answer took too long to tell.
 * @param {number} signedAt seconds UTC, whole
 * @param {{asked: number, answered: number}} device this device's clock before and after
 * @returns {ClockState | null}
 */
export function measured(signedAt, { asked, answered }) {
  if (answered < asked || answered - asked > SLOWEST_ANSWER_S) return null;
  const offset = signedAt + 0.5 - (asked + answered) / 2; // whole seconds are cut off, half of one on average
  return { offsetS: Math.abs(offset) < NOISE_S ? 0 : Math.round(offset), measuredAt: answered };
}

/** Seconds UTC by the issuer's time as far as it is known. @param {ClockState | null} state */
export function correctedNow(state) {
  return deviceNow() + (state?.offsetS ?? 0);
}
