// A code onto the page: drawn here where the built bundle is there, else the picture the server drew.

const MODULE_PX = 8;

/** The part of the bundle that draws, loaded once; null without it. @type {Promise<any> | null} */
let drawing = null;

/** @param {string} address of the script that draws; empty without the bundle */
export function useDrawing(address) {
  drawing = address ? import(address).catch(() => null) : null;
}

/**
 * Shows one code in an image element.
 * @param {HTMLImageElement} image
 * @param {{link: string, bare: string, kind: string, drawn?: Record<string, string>}} code
 * @param {"link" | "bare"} form
 */
export async function show(image, code, form) {
  const bundle = await drawing;
  image.src = bundle ? drawn(bundle, code[form], code.kind) : (code.drawn?.[form] ?? "");
  image.hidden = false;
}

/** How many modules wide a shown code is, its quiet zone included. @param {HTMLImageElement} image */
export function modulesOf(image) {
  const [, svg] = image.src.split("data:image/svg+xml;base64,"); // the server's: one unit a module
  return svg ? Number(/viewBox="0 0 (\d+)/.exec(atob(svg))?.[1]) : image.naturalWidth / MODULE_PX;
}

/** A code in whole pixels a module, as the address of an image. */
function drawn(bundle, text, kind) {
  const canvas = document.createElement("canvas");
  bundle.onCanvas(canvas, text, kind, MODULE_PX);
  return canvas.toDataURL();
}
