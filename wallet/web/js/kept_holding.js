// A licence or badge kept by this device: what the page showed, its code and its photo, encrypted (vault.js).

import { drop, keep, kept } from "./vault.js";

/** @typedef {"licence" | "badge"} HoldingKind */

/**
 * Keeps what a page shows.
 * @param {HoldingKind} kind
 * @param {HTMLElement} shown the certificate or the badge
 * @param {string[]} passkeys credential ids, in base64url, one of which has to be answered for before it is shown
 */
export async function keepHolding(kind, shown, passkeys) {
  const photo = await fetch(/** @type {HTMLImageElement} */ (shown.querySelector(".cert-photo")).src);
  if (!photo.ok) throw new Error(String(photo.status));
  const copy = /** @type {HTMLElement} */ (shown.cloneNode(true));
  copy.querySelector(".cert-mark")?.remove(); // it carries the time of that page
  for (const image of copy.querySelectorAll("img")) image.removeAttribute("src"); // drawn anew, and the photo apart
  const said = { html: copy.outerHTML, at: Date.now(), passkeys };
  await keep(`${kind}-photo`, new Uint8Array(await photo.arrayBuffer()));
  await keep(kind, new TextEncoder().encode(JSON.stringify(said)));
}

/** @param {HoldingKind} kind */
export const dropHolding = (kind) => drop(kind, `${kind}-photo`);

/** What is kept, or null. @param {HoldingKind} kind */
export async function keptHolding(kind) {
  const [said, photo] = await Promise.all([kept(kind), kept(`${kind}-photo`)]);
  if (!said || !photo) return null;
  const { html, at, passkeys } = JSON.parse(new TextDecoder().decode(said));
  const shown = /** @type {HTMLElement} */ (new DOMParser().parseFromString(html, "text/html").body.firstElementChild);
  return { shown, photo: new Blob([photo]), at: /** @type {number} */ (at), passkeys: /** @type {string[]} */ (passkeys) };
}
