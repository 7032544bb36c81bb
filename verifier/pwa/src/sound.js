/** A sound for each verdict, for a desk whose clerk looks at the guest: two rising tones valid, one low tone not. */

/** @type {AudioContext | null} */
let audio = null;

/** @type {Record<import("./result.js").Tone, number[]>} */
const TONES = { good: [660, 990], caution: [660, 660], bad: [180], unknown: [330, 220] };
const LENGTH_S = 0.16;

/** @param {import("./result.js").Tone} tone */
export function sound(tone) {
  if (typeof AudioContext !== "function") return;
  audio ??= new AudioContext();
  const context = audio;
  void context.resume();
  TONES[tone].forEach((pitch, i) => {
    const [source, gain] = [context.createOscillator(), context.createGain()];
    const begins = context.currentTime + i * LENGTH_S;
    source.frequency.value = pitch;
    gain.gain.setValueAtTime(0.2, begins);
    gain.gain.exponentialRampToValueAtTime(0.001, begins + LENGTH_S);
    source.connect(gain).connect(context.destination);
    source.start(begins);
    source.stop(begins + LENGTH_S);
  });
}
