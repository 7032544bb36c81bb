/**
 * The public page: scanner on the one side, verdict on the other, trust data behind a chip. This is where clock, camera,
 * network and store meet.
 */

import { openedWith } from "./deep_link.js"; // first: it takes the code out of the address
import { clockText } from "./dates.js";
import { WedgeReader } from "./desk.js";
import { byId, currentLanguage, fillWords, setLanguage, t, w } from "./dom.js";
import { CredentialError } from "./errors.js";
import { message } from "./messages.js";
import { signInPath } from "./not_ours.js";
import { shownError, shownSignIn, shownValid } from "./result.js";
import { CameraFault, Scanner, chosen } from "./scanner.js";
import { Session, notVerified } from "./session.js";
import { sound } from "./sound.js";
import { Keeper, Store } from "./store.js";
import { age, trustRows } from "./trust_view.js";
import { looksLikeOurs } from "./envelope.js";
import { verdictView } from "./verdict_view.js";

/** @typedef {import("./result.js").Shown} Shown */
/** @typedef {import("./scanner.js").CameraProblem} CameraProblem */
/** @typedef {import("./session.js").Outcome} Outcome */
/** @typedef {import("./verify.js").Verified} Verified */
/** @typedef {import("./words.js").Word} Word */
/** What is on the screen. @typedef {{outcome: Outcome, text: string, choices: string[], at: number}} Result */

const REFRESH_MS = 15 * 60_000;
const SAME_CODE_MS = 2500;
const OUTDATED_S = 180;
const FOLDER = new URL("./", import.meta.url);

const body = document.body;
const video = byId("video", HTMLVideoElement);
const hint = byId("hint", HTMLElement);
const verdict = byId("verdict", HTMLElement);
const scanSide = byId("scan", HTMLElement);
const announce = byId("announce", HTMLElement);
const deskField = byId("desk-field", HTMLInputElement);
const trustPanel = byId("trust-panel", HTMLDialogElement);
const pastePanel = byId("paste-panel", HTMLDialogElement);

/** @type {Result | null} */
let result = null;
/** @type {Word} */
let hintWord = "hint";
let torchOn = false;
/** The text that was shown last and when it was put away: it is not shown again while it is still before the lens. */
let putAway = { text: "", at: 0 };
/** @type {import("./scanner.js").CameraState | null} */
let cameraState = null;
/** @type {CameraProblem | "reader" | null} */
let cameraProblem = null;
/** @type {Word | string} */
let trustSaid = "";

const session = new Session(new Keeper(await Store.open().catch(() => null)), () => drawTrust());
const scanner = new Scanner(video, { onTexts: (texts) => void readFromCamera(texts), onState: drawCamera });
const wedge = new WedgeReader();

setLanguage(currentLanguage());
wire();
draw();
void keepForOffline();
await session.open(await configured(), FOLDER);
const firstRefresh = session.refresh();
if (openedWith !== null) {
  await checkDeepLink(openedWith);
} else {
  void openCamera();
}
await firstRefresh;
void navigator.storage?.persist?.().catch(() => false);
setInterval(() => void refreshNow(), REFRESH_MS);
setInterval(tick, 1000);

async function configured() {
  try {
    return await (await fetch(new URL("config.json", FOLDER))).json();
  } catch {
    return null; // said as what it means: nothing to check against
  }
}

// --- checking ---------------------------------------------------------------------------------------------------

/** The code that opened the page. @param {string} text */
async function checkDeepLink(text) {
  if (!session.trust) {
    say("hintLoading");
    await firstRefresh;
  }
  const outcome = await session.check(text);
  const { skew } = described(outcome, text, session.now());
  if (skew && "error" in outcome) {
    // It took longer to open than a code lives: a new one is at hand.
    void openCamera();
    byId("prompt-text", HTMLElement).textContent = `${t(described(outcome, text, session.now()).headline)} · ${w(skew.fast ? "skewFast" : "skewSlow", { n: skew.seconds })}`;
    body.dataset.prompt = "new-code";
    say("newCode");
    return;
  }
  show({ outcome, text, choices: [], at: session.now() });
}

/** @param {string[]} texts */
async function readFromCamera(texts) {
  if (result && body.dataset.view !== "desk") return;
  let text;
  try {
    ({ text } = chosen(texts));
  } catch (error) {
    if (!(error instanceof CredentialError)) throw error;
    say("hintSeveral");
    return;
  }
  if (text === putAway.text && performance.now() - putAway.at < SAME_CODE_MS) return;
  scanner.pause();
  navigator.vibrate?.(60);
  await checkText(text, []);
}

/** @param {string} text @param {import("./errors.js").Code[]} beside */
async function checkText(text, beside) {
  const outcome = await session.check(text);
  if ("verified" in outcome) outcome.notices.push(...beside);
  show({ outcome, text, choices: [], at: session.now() });
}

/** @param {Blob} picture */
async function checkPicture(picture) {
  say("hintChecking");
  /** @type {string[]} */
  let texts = [];
  try {
    texts = await scanner.readPicture(picture);
    const { text, others } = chosen(texts);
    await checkText(text, others ? ["OTHER_CODES"] : []);
  } catch (error) {
    if (!(error instanceof CredentialError)) throw error;
    const choices = texts.filter(looksLikeOurs);
    show({ outcome: { error: notVerified(error) }, text: "", choices, at: session.now() });
  }
  say("hint");
}

/** @param {Outcome} outcome @param {string} text @param {number} at @returns {Shown} */
function described(outcome, text, at) {
  if ("verified" in outcome) return shownValid(outcome.verified, outcome.notices);
  const signIn = outcome.error.code === "QR_NOT_OURS" ? signInPath(text, location.origin) : null;
  if (signIn) return shownSignIn(signIn);
  return shownError(outcome.error, { text, now: at, content: session.trust?.content ?? null, here: location.host });
}

// --- the verdict ------------------------------------------------------------------------------------------------

/** @param {Result} wanted */
function show(wanted) {
  result = wanted;
  const shown = drawVerdict();
  if (!shown) return;
  announce.textContent = `${t(shown.word)}：${t(shown.headline)}`;
  if (body.dataset.view === "desk") sound(shown.tone);
  else verdict.querySelector("h2")?.focus({ preventScroll: true });
}

/** @returns {Shown | null} */
function drawVerdict() {
  body.dataset.verdict = result ? "shown" : "";
  verdict.hidden = !result;
  scanSide.inert = result !== null && body.dataset.view !== "desk" && matchMedia("(max-width: 899px)").matches;
  if (!result) {
    verdict.replaceChildren();
    return null;
  }
  const { outcome, text, choices, at } = result;
  const shown = described(outcome, text, at);
  const verified = "verified" in outcome ? outcome.verified : null;
  verdict.replaceChildren(verdictView(shown, { verified, choices, at, actions: { again, setClock: () => void setTheClock(), choose: (one) => void checkText(one, []), open: (path) => location.assign(path) } }));
  verdict.scrollTop = 0;
  return shown;
}

function again() {
  putAway = { text: result?.text ?? "", at: performance.now() };
  result = null;
  announce.textContent = "";
  body.dataset.prompt = "";
  drawVerdict();
  if (body.dataset.view === "desk") readyForNext();
  else if (scanner.hasCamera) scanner.resume();
  else void openCamera();
  say("hint");
}

async function setTheClock() {
  const before = session.clock?.offsetS ?? 0;
  const clock = await session.setClock().catch(() => null);
  const said = !clock ? w("clockFailed") : clock.offsetS === before ? w("clockFine") : w("clockSet");
  const place = verdict.querySelector("#skew") ?? byId("prompt-text", HTMLElement);
  place.textContent = said;
}

/** Every second: the clock that a picture does not have. An old verdict is put away with the person it shows. */
function tick() {
  const now = session.now();
  for (const running of document.querySelectorAll("time.running")) running.textContent = clockText(now);
  if (result && now - result.at >= OUTDATED_S && body.dataset.outdated !== "yes") putOldAway();
  if (!result) body.dataset.outdated = "";
}

function putOldAway() {
  if (!result || !("verified" in result.outcome)) return;
  result = { ...result, outcome: { error: notVerified(new CredentialError("QR_UNREADABLE")) } };
  body.dataset.outdated = "yes";
  drawVerdict();
  const [headline, reason, next] = ["h2", ".reason", ".next span"].map((each) => verdict.querySelector(each));
  if (headline) headline.textContent = w("outdated");
  if (next) next.textContent = w("outdatedNext");
  reason?.remove();
  verdict.querySelector(".reason-code")?.remove();
}

// --- camera, picture, paste, hand-held scanner --------------------------------------------------------------------

/** @param {string} [id] */
async function openCamera(id) {
  setView("camera");
  cameraProblem = null;
  say("hintStarting");
  drawCamera(cameraState);
  try {
    await scanner.start(id);
    if (!(await scanner.ready)) cameraProblem = "reader";
  } catch (error) {
    if (!(error instanceof CameraFault)) throw error;
    cameraProblem = error.problem;
  }
  say(body.dataset.prompt === "new-code" ? "newCode" : "hint");
  drawCamera(cameraState);
}

/** @param {import("./scanner.js").CameraState | null} state */
function drawCamera(state) {
  cameraState = state;
  body.dataset.camera = cameraProblem ? "none" : scanner.hasCamera ? "on" : "starting";
  const named = cameraProblem && { refused: "cameraRefused", missing: "cameraMissing", busy: "cameraBusy", insecure: "cameraInsecure", reader: "readerMissing" }[cameraProblem];
  if (named) {
    byId("no-camera-title", HTMLElement).textContent = w(/** @type {Word} */ (named));
    byId("no-camera-how", HTMLElement).textContent = w(/** @type {Word} */ (`${named}How`));
  }
  byId("torch", HTMLElement).hidden = !state?.torch || !!cameraProblem;
  byId("switch", HTMLElement).hidden = !state || state.cameras.length < 2 || !!cameraProblem;
  const zoom = byId("zoom", HTMLInputElement);
  byId("zoom-row", HTMLElement).hidden = !state?.zoom || !!cameraProblem;
  if (state?.zoom) [zoom.min, zoom.max, zoom.step, zoom.value] = Object.values(state.zoom).map(String);
}

/** @param {"camera" | "desk"} view */
function setView(view) {
  body.dataset.view = view;
  byId("desk", HTMLElement).hidden = view !== "desk";
  byId("stage", HTMLElement).hidden = view === "desk";
  byId("to-desk", HTMLElement).hidden = view === "desk";
  byId("to-camera", HTMLElement).hidden = view !== "desk";
  if (view === "desk") {
    scanner.stop();
    for (const id of ["torch", "switch", "zoom-row"]) byId(id, HTMLElement).hidden = true;
    readyForNext();
  }
}

function readyForNext() {
  deskField.value = "";
  wedge.reset();
  deskField.focus();
}

/** @param {KeyboardEvent} event */
async function takeKey(event) {
  const { code, key, shiftKey, isComposing, timeStamp } = event;
  const text = wedge.take({ code, key, shiftKey, isComposing, timeStamp, capsLock: event.getModifierState("CapsLock") }, deskField.value);
  if (text === null) return;
  event.preventDefault();
  readyForNext();
  await checkText(text, []);
  readyForNext();
}

// --- trust data -------------------------------------------------------------------------------------------------

function drawTrust() {
  const { tone, text } = age(session);
  const chip = byId("trust-open", HTMLElement);
  chip.dataset.tone = tone;
  byId("trust-chip", HTMLElement).textContent = text;
  byId("test-banner", HTMLElement).hidden = (session.trust?.content ?? session.config?.pin)?.environment !== "test";
  byId("trust-rows", HTMLElement).replaceChildren(trustRows(session));
  byId("trust-said", HTMLElement).textContent = trustSaid;
}

async function refreshNow() {
  if (document.hidden) return;
  await session.refresh();
}

async function updateTrust() {
  tellTrust(w("updating"));
  await session.refresh();
  tellTrust(session.problem ? refusedWords(session.problem) : w("updated"));
}

/** @param {File} file */
async function importBundle(file) {
  try {
    await session.importBundle(new Uint8Array(await file.arrayBuffer()));
    tellTrust(w("imported"));
  } catch (error) {
    if (!(error instanceof CredentialError)) throw error;
    tellTrust(refusedWords(error));
  }
}

/** @param {CredentialError} problem */
function refusedWords(problem) {
  return w(session.trust ? "updateFailed" : "noDataYet", { m: t(message(problem.code)) });
}

/** @param {string} text */
function tellTrust(text) {
  trustSaid = text;
  drawTrust();
}

/** Asked twice, as nothing brings it back but the network. @param {HTMLButtonElement} pressed */
async function forgetTrust(pressed) {
  if (pressed.dataset.sure !== "yes") {
    pressed.dataset.sure = "yes";
    pressed.textContent = w("forgetSure");
    return;
  }
  pressed.dataset.sure = "";
  pressed.textContent = w("forget");
  await session.forget();
  await updateTrust();
}

// --- the page itself --------------------------------------------------------------------------------------------

/** @param {Word} word */
function say(word) {
  hintWord = word;
  hint.textContent = w(word);
}

function draw() {
  fillWords();
  say(hintWord);
  drawCamera(cameraState);
  drawTrust();
  if (result) drawVerdict();
}

/** @param {string} id @param {() => void} pressed */
function press(id, pressed) {
  byId(id, HTMLElement).addEventListener("click", pressed);
}

function wire() {
  setView("camera");
  press("language", () => {
    setLanguage(currentLanguage() === "zh" ? "en" : "zh");
    draw();
  });
  press("torch", () => {
    torchOn = !torchOn;
    byId("torch", HTMLElement).setAttribute("aria-pressed", String(torchOn));
    void scanner.torch(torchOn);
  });
  press("switch", () => {
    if (!cameraState) return;
    const { cameras, camera } = cameraState;
    const next = (cameras.findIndex(({ id }) => id === camera) + 1) % cameras.length;
    void openCamera(cameras[next].id);
  });
  byId("zoom", HTMLInputElement).addEventListener("input", ({ target }) => void scanner.zoom(Number(/** @type {HTMLInputElement} */ (target).value)));
  for (const id of ["picture", "picture-instead"]) press(id, () => byId("picture-file", HTMLInputElement).click());
  for (const id of ["paste", "paste-instead"]) press(id, () => pastePanel.showModal());
  press("camera-again", () => void openCamera());
  press("to-desk", () => setView("desk"));
  press("to-camera", () => {
    result = null;
    drawVerdict();
    void openCamera();
  });
  press("prompt-clock", () => void setTheClock());
  chooseFile("picture-file", (file) => void checkPicture(file));
  chooseFile("bundle-file", (file) => void importBundle(file));

  byId("paste-form", HTMLFormElement).addEventListener("submit", () => {
    const field = byId("paste-field", HTMLTextAreaElement);
    // The line end belongs to what was copied, not to the code.
    const text = field.value.replace(/\r?\n$/, "");
    field.value = "";
    if (text) void checkText(text, []);
  });
  deskField.addEventListener("keydown", (event) => void takeKey(event));

  press("trust-open", () => trustPanel.showModal());
  press("trust-update", () => void updateTrust());
  press("trust-import", () => byId("bundle-file", HTMLInputElement).click());
  const forget = byId("trust-forget", HTMLButtonElement);
  forget.addEventListener("click", () => void forgetTrust(forget));
  for (const close of document.querySelectorAll("dialog .close")) {
    close.addEventListener("click", () => close.closest("dialog")?.close());
  }
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape" && result && !trustPanel.open && !pastePanel.open) again();
  });

  addEventListener("online", () => void refreshNow());
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) scanner.stop();
    else {
      if (body.dataset.view === "camera" && !result && !cameraProblem) void openCamera();
      void refreshNow();
    }
  });
}

/** @param {string} id @param {(file: File) => void} chose */
function chooseFile(id, chose) {
  const field = byId(id, HTMLInputElement);
  field.addEventListener("change", () => {
    const file = field.files?.[0];
    field.value = "";
    if (file) chose(file);
  });
}

/** The service worker: after the first visit the page opens without a network. */
async function keepForOffline() {
  if (!("serviceWorker" in navigator)) return;
  const script = new URL("sw.js", FOLDER);
  const wanted = FOLDER.pathname.slice(0, -1);
  // The page's own address has no slash at its end; a server that does not allow that scope still gives the folder.
  const registration = await navigator.serviceWorker
    .register(script, { scope: wanted })
    .catch(() => navigator.serviceWorker.register(script))
    .catch(() => null);
  if (!registration) return;
  const offer = () => {
    // The first worker of all takes its place unasked; a newer one waits until nobody is in the middle of a check.
    byId("new-version", HTMLElement).hidden = !registration.waiting || !navigator.serviceWorker.controller;
  };
  press("reload", () => {
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
    registration.waiting?.postMessage("take over");
  });
  registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", offer));
  offer();
}
