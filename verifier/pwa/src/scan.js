/**
 * A frame to the texts of the QR codes in it; which of them is ours is said by `chosen` in `scanner.js`.
 *
 * QR codes only: a bar code beside a code, or made to look like one, is never read. The reader is zxing-cpp as
 * WebAssembly, from a file beside this one, and runs in `scan.worker.js`.
 */

import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";

/** @type {import("zxing-wasm/reader").ReaderOptions} */
const FRAME = { formats: ["QRCodeModel2"], tryHarder: true, textMode: "Plain", maxNumberOfSymbols: 8 };

/** Loads the reader from `wasm`, so that the first frame does not wait. @param {string} wasm its address */
export async function prepare(wasm) {
  await prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true });
}

/** The texts of all different QR codes in a frame, none being nothing special. @param {ImageData} frame */
export async function readFrame(frame) {
  const found = await readBarcodes(frame, FRAME);
  return [...new Set(found.filter((code) => code.isValid).map((code) => code.text))];
}
