// A code onto the page: drawn here where the built bundle is there, else the picture the server drew.

/** The part of the bundle that draws, or null: loaded once. @type {Promise<any> | null} */
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
  image.src = bundle ? bundle.dataUrl(code[form], code.kind) : (code.drawn?.[form] ?? "");
  image.hidden = false;
}
