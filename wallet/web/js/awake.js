// The screen stays on while a code is held up, for a phone goes dark just when a scanner is looked for.
//
// The browser takes its lock back whenever the page is hidden, so it is asked for again when the page is seen again.
// It may also refuse (an empty battery, a setting): the page works without, and the screen goes dark as ever.

let isWanted = false;
let isAsking = false;
/** @type {any} the WakeLockSentinel that was given last */
let lock = null;

/** From now on the screen stays on, as long as the page is in sight. */
export async function stayAwake() {
  isWanted = true;
  if (isAsking || document.hidden || (lock && !lock.released)) return;
  isAsking = true;
  try {
    lock = await /** @type {any} */ (navigator).wakeLock?.request("screen");
  } catch {
    lock = null;
  }
  isAsking = false;
  if (!isWanted) rest();
}

/** The screen may go dark again. */
export function rest() {
  isWanted = false;
  lock?.release();
}

document.addEventListener("visibilitychange", () => {
  if (isWanted) stayAwake();
});
addEventListener("pagehide", rest);
