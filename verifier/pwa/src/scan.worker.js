/**
 * The reader in a thread of its own, so that no frame freezes the page. It gets pixels and gives texts:
 *
 *     {id, frame: ImageData | ImageBitmap}  →  {id, texts}        {id, picture: Blob}  →  {id, texts} or {id, fault}
 */

import { HEAD_BYTES, pixelsSaid } from "./picture.js";
import { prepare, readFrame } from "./scan.js";

/** @typedef {import("./errors.js").Code} Code */
/** @typedef {{id: number, frame?: ImageData | ImageBitmap, picture?: Blob}} Asked */
/** @typedef {{id: number, texts?: string[], fault?: Code, ready?: true}} Answered */

const MAX_PIXELS = 40_000_000;
/** A first look at 3 million pixels keeps a code that fills a sixth of a photo's width at 3 px a module. */
const FIRST_LOOK_PX = 3_000_000;
const CLOSER_LOOK_PX = 12_000_000;
/** A code of a few pixels a module is read better when a small picture is drawn larger. */
const SMALL_PX = 1_000_000;

const ready = prepare(new URL(__WASM_FILE__, location.href).href);
/** @type {OffscreenCanvas | null} */
let canvas = null;

onmessage = async (/** @type {MessageEvent<Asked>} */ event) => {
  const { id, frame, picture } = event.data;
  try {
    await ready;
    const texts = picture ? await readPicture(picture) : frame ? await readFrame(pixels(frame)) : [];
    answer({ id, texts });
  } catch (error) {
    answer({ id, fault: error instanceof PictureFault ? error.code : "READER_MISSING" });
  }
};

ready.then(
  () => answer({ id: 0, ready: true }),
  () => answer({ id: 0, fault: "READER_MISSING" }),
);

/** @param {Answered} message */
function answer(message) {
  postMessage(message);
}

class PictureFault extends Error {
  /** @param {Code} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** @param {ImageData | ImageBitmap} frame */
function pixels(frame) {
  if (frame instanceof ImageData) return frame;
  const drawn = draw(frame, frame.width, frame.height);
  frame.close();
  return drawn;
}

/** @param {Blob} picture */
async function readPicture(picture) {
  const head = new Uint8Array(await picture.slice(0, HEAD_BYTES).arrayBuffer());
  if ((pixelsSaid(head) ?? 0) > MAX_PIXELS) throw new PictureFault("IMAGE_TOO_MANY_PIXELS");
  const image = await createImageBitmap(picture).catch(() => {
    throw new PictureFault("IMAGE_INVALID");
  });
  const size = image.width * image.height;
  if (size > MAX_PIXELS) throw new PictureFault("IMAGE_TOO_MANY_PIXELS");
  const closer = size < SMALL_PX ? 4 * size : Math.min(size, CLOSER_LOOK_PX);
  for (const wanted of [Math.min(size, FIRST_LOOK_PX), closer]) {
    const scale = Math.sqrt(wanted / size);
    const texts = await readFrame(draw(image, Math.max(1, Math.round(image.width * scale)), Math.max(1, Math.round(image.height * scale))));
    if (texts.length) return texts;
  }
  throw new PictureFault("QR_UNREADABLE");
}

/** @param {CanvasImageSource} image @param {number} width @param {number} height */
function draw(image, width, height) {
  if (!canvas || canvas.width !== width || canvas.height !== height) canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("no canvas");
  context.fillStyle = "#fff"; // transparent parts are white, as on paper
  context.fillRect(0, 0, width, height);
  context.drawImage(image, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}
