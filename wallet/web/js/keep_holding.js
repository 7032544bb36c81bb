// On the page of a licence or badge: keep it on this device, or delete what is kept. What is kept follows the page.

import { dropHolding, keepHolding, keptHolding } from "./kept_holding.js";

const box = /** @type {HTMLElement} */ (document.querySelector("[data-keep]"));
const kind = /** @type {import("./kept_holding.js").HoldingKind} */ (box.dataset.keep);
const passkeys = (box.dataset.passkeys ?? "").split(" ").filter(Boolean);
const part = (name) => /** @type {HTMLElement} */ (box.querySelector(`[data-${name}]`));
const when = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });

/** A badge opens without a network only to who can answer for it on this device. */
const mayKeep = kind === "licence" || (passkeys.length > 0 && Boolean(await window.PublicKeyCredential
  ?.isUserVerifyingPlatformAuthenticatorAvailable().catch(() => false)));

async function look() {
  const found = await keptHolding(kind);
  part("not-kept").hidden = !mayKeep || found !== null;
  part("is-kept").hidden = found === null;
  part("cannot").hidden = mayKeep;
  if (found) part("since").textContent = when.format(found.at);
}

async function keepIt() {
  const shown = /** @type {HTMLElement} */ (document.querySelector(".cert, .badge-card"));
  part("failed").hidden = true;
  try {
    await keepHolding(kind, shown, kind === "badge" ? passkeys : []);
  } catch {
    part("failed").hidden = false;
  }
  await look();
}

if ("serviceWorker" in navigator && box.dataset.drawing) {
  const found = await keptHolding(kind);
  if (found && mayKeep) await keepIt();
  else if (found) await dropHolding(kind);
  await look();
  box.hidden = false;
  part("keep-now").addEventListener("click", keepIt);
  part("delete").addEventListener("click", () => dropHolding(kind).then(look));
}
