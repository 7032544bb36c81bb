// A licence or badge without a network, out of the device's own encrypted store; a badge only to its owner.

import { keptHolding } from "./kept_holding.js";
import { forget } from "./vault.js";

const page = /** @type {HTMLElement} */ (document.querySelector("main"));
const words = /** @type {HTMLElement} */ (document.getElementById("words")).dataset;
const [place, gate, why, since] = ["place", "gate", "why", "since"].map((name) => /** @type {HTMLElement} */ (page.querySelector(`[data-${name}]`)));
const when = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });
const USER_VERIFIED = 0x04; // WebAuthn, 6.1: flags of the authenticator data

function stop(text) {
  why.textContent = text;
  why.hidden = false;
}

/** With a signal: whether this device is still signed in; without one it is taken to be. */
async function isSignedIn() {
  try {
    const answer = await fetch(page.dataset.alive ?? "", { signal: AbortSignal.timeout(3000) });
    return answer.ok ? (await answer.json()).signed_in : true;
  } catch {
    return true;
  }
}

/** Whether the owner of one of these passkeys has just shown to be here. @param {string[]} passkeys */
async function isOwner(passkeys) {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (character) => character.charCodeAt(0));
  const publicKey = {
    challenge: crypto.getRandomValues(new Uint8Array(32)),
    allowCredentials: passkeys.map((id) => ({ type: /** @type {const} */ ("public-key"), id: bytes(id) })),
    userVerification: /** @type {const} */ ("required"),
  };
  try {
    const answer = /** @type {any} */ (await navigator.credentials.get({ publicKey }));
    const flags = new Uint8Array(answer.response.authenticatorData)[32];
    return passkeys.includes(answer.id) && (flags & USER_VERIFIED) !== 0;
  } catch {
    return false;
  }
}

async function open(found) {
  gate.hidden = why.hidden = true;
  /** @type {HTMLImageElement} */ (found.shown.querySelector(".cert-photo")).src = URL.createObjectURL(found.photo);
  place.replaceChildren(found.shown);
  since.textContent = `${words.since} ${when.format(found.at)}`;
  /** @type {HTMLElement} */ (page.querySelector("[data-shown]")).hidden = false;
  await import("./certificate.js"); // the code, drawn from its text
}

const found = await keptHolding(/** @type {any} */ (page.dataset.kind));
if (!found) stop(words.none);
else if (!(await isSignedIn())) {
  await forget();
  stop(words.signedOut);
} else if (page.dataset.kind === "licence") await open(found);
else {
  gate.hidden = false;
  gate.querySelector("button")?.addEventListener("click", async () => {
    if (await isOwner(found.passkeys)) await open(found);
    else stop(words.refused);
  });
}
