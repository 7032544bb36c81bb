/**
 * Camera, picture and paste to the texts of QR codes, without a verdict: whoever uses it says what they mean.
 *
 *     const scanner = new Scanner(video, { onTexts, onState });
 *     await scanner.start();          // asks for the camera; `CameraFault` says why there is none
 *     scanner.pause(); scanner.resume(); scanner.stop();
 *     await scanner.readPicture(file) // texts, or a `CredentialError`
 *
 * One frame at a time goes to a worker, the next when it has answered: as many a second as the phone can do, and the
 * page never waits. Nothing is kept and nothing is sent.
 */

import { looksLikeOurs } from "./envelope.js";
import { CredentialError } from "./errors.js";

/** @typedef {import("./scan.worker.js").Answered} Answered */
/** What a camera can do. @typedef {{torch: boolean, zoom: {min: number, max: number, step: number, value: number} | null, cameras: {id: string, label: string}[], camera: string}} CameraState */
/** @typedef {"refused" | "missing" | "busy" | "insecure"} CameraProblem */

// `zoom: true` asks to be allowed to: without it Chromium keeps a camera's zoom from a page. Where there is none it asks for nothing more.
const WANTED = { width: { ideal: 1920 }, height: { ideal: 1080 }, frameRate: { ideal: 30 }, zoom: true };
const STALLED_MS = 4000;
const TELLS_LATER_MS = 1500;

/** Why there is no camera; everything else still works. */
export class CameraFault extends Error {
  /** @param {CameraProblem} problem */
  constructor(problem) {
    super(problem);
    this.problem = problem;
  }
}

export class Scanner {
  /** @type {MediaStream | null} */
  #stream = null;
  /** @type {Map<number, (answered: Answered) => void>} */
  #waiting = new Map();
  #asked = 0;
  #running = false;
  #looking = false;

  /**
   * @param {HTMLVideoElement} video
   * @param {{onTexts: (texts: string[]) => void, onState?: (state: CameraState) => void}} listeners
   */
  constructor(video, { onTexts, onState }) {
    this.video = video;
    this.onTexts = onTexts;
    this.onState = onState;
    this.worker = new Worker(new URL(__WORKER_FILE__, import.meta.url));
    /** Settled once the reader is loaded: true where it can read. @type {Promise<boolean>} */
    this.ready = new Promise((resolve) => this.#waiting.set(0, ({ ready }) => resolve(ready === true)));
    this.worker.onmessage = (/** @type {MessageEvent<Answered>} */ { data }) => {
      this.#waiting.get(data.id)?.(data);
      this.#waiting.delete(data.id);
    };
    this.worker.onerror = () => this.#waiting.get(0)?.({ id: 0, fault: "READER_MISSING" });
  }

  /** Starts the camera `id`, or the one at the back. @param {string} [id] */
  async start(id) {
    this.stop();
    if (!navigator.mediaDevices?.getUserMedia) throw new CameraFault("insecure");
    try {
      const which = id ? { deviceId: { exact: id } } : { facingMode: { ideal: "environment" } };
      this.#stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { ...WANTED, ...which } });
    } catch (error) {
      throw new CameraFault(problemOf(error));
    }
    this.video.srcObject = this.#stream;
    await this.video.play().catch(() => undefined); // a page in the background plays when it is shown
    await this.#focus();
    const opened = this.#stream;
    this.onState?.(await this.#state());
    // Some cameras tell of torch and zoom only when they have run for a while.
    setTimeout(async () => this.#stream === opened && this.onState?.(await this.#state()), TELLS_LATER_MS);
    this.resume();
  }

  /** Lets go of the camera. */
  stop() {
    this.pause();
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.video.srcObject = null;
  }

  get hasCamera() {
    return this.#stream !== null;
  }

  /** Frames are shown but not looked at. */
  pause() {
    this.#running = false;
  }

  resume() {
    this.#running = true;
    if (this.#stream && !this.#looking) void this.#look();
  }

  /** @param {boolean} on */
  async torch(on) {
    await this.#track?.applyConstraints({ advanced: [/** @type {MediaTrackConstraintSet} */ (/** @type {unknown} */ ({ torch: on }))] });
  }

  /** @param {number} value */
  async zoom(value) {
    await this.#track?.applyConstraints({ advanced: [/** @type {MediaTrackConstraintSet} */ (/** @type {unknown} */ ({ zoom: value }))] });
  }

  /**
   * The texts in a picture, at least one. `IMAGE_INVALID`, `IMAGE_TOO_MANY_PIXELS`, `QR_UNREADABLE`, `READER_MISSING`.
   * @param {Blob} picture
   * @returns {Promise<string[]>}
   */
  async readPicture(picture) {
    if (!(await this.ready)) throw new CredentialError("READER_MISSING");
    const { texts, fault } = await this.#ask({ picture });
    if (fault) throw new CredentialError(fault);
    return texts ?? [];
  }

  get #track() {
    return this.#stream?.getVideoTracks()[0];
  }

  async #look() {
    this.#looking = true;
    while (this.#running && this.#stream) {
      await nextFrame(this.video);
      const frame = await grabbed(this.video);
      if (!frame) continue;
      const { texts } = await this.#ask({ frame }, frame instanceof ImageBitmap ? [frame] : [frame.data.buffer]);
      if (texts?.length && this.#running) this.onTexts(texts);
    }
    this.#looking = false;
  }

  /** @param {object} question @param {Transferable[]} [handedOver] @returns {Promise<Answered>} */
  #ask(question, handedOver = []) {
    const id = ++this.#asked;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.worker.postMessage({ id, ...question }, handedOver);
    });
  }

  async #focus() {
    const can = /** @type {Record<string, unknown>} */ (this.#track?.getCapabilities?.() ?? {});
    if (Array.isArray(can.focusMode) && can.focusMode.includes("continuous")) {
      const wanted = /** @type {MediaTrackConstraintSet} */ (/** @type {unknown} */ ({ focusMode: "continuous" }));
      await this.#track?.applyConstraints({ advanced: [wanted] }).catch(() => undefined);
    }
  }

  /** @returns {Promise<CameraState>} */
  async #state() {
    const can = /** @type {Record<string, any>} */ (this.#track?.getCapabilities?.() ?? {});
    const set = /** @type {Record<string, any>} */ (this.#track?.getSettings?.() ?? {});
    const devices = await navigator.mediaDevices.enumerateDevices();
    const cameras = devices.filter((device) => device.kind === "videoinput" && device.deviceId);
    return {
      torch: can.torch === true,
      zoom: can.zoom && can.zoom.max > can.zoom.min ? { ...numbers(can.zoom), value: set.zoom ?? can.zoom.min } : null,
      cameras: cameras.map(({ deviceId, label }, i) => ({ id: deviceId, label: label || String(i + 1) })),
      camera: set.deviceId ?? "",
    };
  }
}

/**
 * The one text to check of those in a picture, as the command chooses it: ours before others, and two are not guessed
 * between (`QR_AMBIGUOUS`).
 * @param {readonly string[]} texts at least one
 * @returns {{text: string, others: boolean}}
 */
export function chosen(texts) {
  const ours = texts.filter(looksLikeOurs);
  if (ours.length > 1 || (!ours.length && texts.length > 1)) {
    throw new CredentialError("QR_AMBIGUOUS", "", `${texts.length} codes`);
  }
  return { text: (ours.length ? ours : texts)[0], others: texts.length > 1 };
}

/** @param {{min: number, max: number, step?: number}} range */
function numbers({ min, max, step }) {
  return { min, max, step: step || (max - min) / 20 };
}

/** @param {unknown} error @returns {CameraProblem} */
function problemOf(error) {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "refused";
  return name === "NotReadableError" || name === "AbortError" ? "busy" : "missing";
}

/** @param {HTMLVideoElement} video @returns {Promise<void>} */
function nextFrame(video) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, STALLED_MS); // a stalled camera must not stop the loop for good
    const go = () => {
      clearTimeout(timer);
      resolve();
    };
    if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(go);
    else requestAnimationFrame(go);
  });
}

/** @type {HTMLCanvasElement | null} */
let canvas = null;

/** The present frame as something that a worker can be handed. @param {HTMLVideoElement} video */
async function grabbed(video) {
  const { videoWidth: width, videoHeight: height } = video;
  if (!width || !height) return null;
  if (typeof OffscreenCanvas === "function") return createImageBitmap(video).catch(() => null);
  canvas ??= document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context?.drawImage(video, 0, 0);
  return context?.getImageData(0, 0, width, height) ?? null;
}
