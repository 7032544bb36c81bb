// A licence or badge on the page: its code in either form, full screen, and the whole as a picture to keep.

import { rest, stayAwake } from "./awake.js";
import { show, useDrawing } from "./draw.js";

const bare = /** @type {HTMLInputElement | null} */ (document.getElementById("bare"));
const full = /** @type {HTMLDialogElement | null} */ (document.querySelector("dialog.full"));

for (const holder of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-link]"))) {
  useDrawing(holder.dataset.drawing ?? "");
  const image = /** @type {HTMLImageElement} */ (holder.querySelector(".code-picture"));
  const { link = "", bare: other = "", kind = "licence" } = holder.dataset;
  const drawn = image.dataset.drawnLink ? { link: image.dataset.drawnLink, bare: image.dataset.drawnBare ?? "" } : undefined;
  const draw = () => show(image, { link, bare: other, kind, drawn }, bare?.checked ? "bare" : "link");
  bare?.addEventListener("change", draw);
  draw();
}

for (const button of document.querySelectorAll("[data-full]")) {
  button.addEventListener("click", () => {
    const code = /** @type {HTMLImageElement | null} */ (document.querySelector(".code-picture"));
    if (!full || !code) return;
    /** @type {HTMLImageElement} */ (full.querySelector("img")).src = code.src;
    full.showModal();
    stayAwake();
  });
}
full?.addEventListener("click", () => full.close());
full?.addEventListener("close", rest);

/** The certificate drawn on a canvas, its code in whole pixels, so that the picture scans as the page does. */
async function picture(notice) {
  const { draw } = await import("./certificate_picture.js");
  return draw(/** @type {HTMLElement} */ (document.querySelector(".cert")), notice);
}

for (const button of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("a[data-save]"))) {
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    const drawn = await picture(button.dataset.notice ?? "").catch(() => null);
    if (!drawn) return location.assign(button.href); // the code alone, drawn by the server
    const link = document.createElement("a");
    link.href = URL.createObjectURL(drawn);
    link.download = button.dataset.save ?? "";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  });
}
