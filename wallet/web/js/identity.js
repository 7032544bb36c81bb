// The running identity code: asks for a new one every 20 seconds, shows it, and says how long it still counts.
//
// Time is the issuer's: what the last answer said, carried on by the steady clock of this page, so that a
// phone with a wrong clock counts right. A code that has ended never stays on the page.

import { rest, stayAwake } from "./awake.js";
import { show, useDrawing } from "./draw.js";
import { keptBook } from "./kept_book.js";

const ANSWER_MS = 3000;
const AGAIN_S = 5;

const page = /** @type {HTMLElement} */ (document.querySelector("main"));
const token = /** @type {HTMLInputElement} */ (page.querySelector("[name=csrf_token]")).value;
const words = /** @type {HTMLElement} */ (document.getElementById("words")).dataset;
const [image, wait, stopped, why, ring, clock, notice] = [
  ".code-drawn", ".code-wait", ".code-stopped", ".code-why", ".ring-left", ".ring-clock", ".held-notice",
].map((name) => /** @type {any} */ (page.querySelector(name)));
const bare = /** @type {HTMLInputElement} */ (document.getElementById("bare"));
const shanghai = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", timeStyle: "medium", hourCycle: "h23" });

/** @type {any} the code on the page */
let code = null;
let heard = 0;
let nextAt = 0;
let asking = false;
let over = false;

useDrawing(page.dataset.drawing ?? "");

/** Seconds since 1970 by the issuer's clock. */
function issuerNow() {
  return code ? code.now + (performance.now() - heard) / 1000 : 0;
}

function form(fields) {
  const data = new FormData();
  for (const [name, value] of Object.entries({ csrf_token: token, session: page.dataset.session, ...fields })) data.set(name, value);
  return data;
}

async function ask() {
  asking = true;
  const asked = performance.now(); // from when it was asked: an answer that took long is so much older
  try {
    const answer = await fetch(page.dataset.next, {
      method: "POST", body: form({}), headers: { Accept: "application/json" }, signal: AbortSignal.timeout(ANSWER_MS),
    });
    const said = await answer.json();
    if (over) return; // what was stopped meanwhile stays so
    if (answer.ok) {
      heard = asked;
      code = said;
      nextAt = said.now + said.every;
      say("");
      await show(image, code, bare.checked ? "bare" : "link");
      wait.hidden = true;
    } else if (answer.status === 429) {
      again(Math.max(1, Number(said.subject) || AGAIN_S));
    } else if (answer.status < 500) {
      stop(document.documentElement.lang.startsWith("zh") ? said.zh : said.en);
    } else {
      later();
    }
  } catch {
    later();
  }
  asking = false;
}

/** No answer in time: the device's code book takes over, where there is one, without waiting for the network
 *  again (`?late`); else the page says what to do and goes on asking. */
async function later() {
  again(AGAIN_S);
  const book = await keptBook().catch(() => null);
  if (over) return;
  if (book && !book.now(false).refused) location.replace(`${page.dataset.offline}?late`);
  else say(words.late);
}

function again(seconds) {
  nextAt = issuerNow() + seconds;
  if (!code) setTimeout(() => !over && ask(), seconds * 1000);
}

function say(text) {
  notice.textContent = text;
  notice.hidden = !text;
}

/** Nothing is shown any more, and the reason is told. */
function stop(text) {
  rest();
  over = true;
  code = null;
  image.hidden = true;
  image.removeAttribute("src");
  wait.hidden = true;
  why.textContent = text;
  stopped.hidden = false;
  ring.setAttribute("stroke-dashoffset", "100");
}

function tick() {
  if (over || !code) return;
  const now = issuerNow();
  clock.textContent = shanghai.format(now * 1000);
  const left = Math.max(0, Math.min(1, (nextAt - now) / code.every));
  ring.setAttribute("stroke-dashoffset", String(100 * (1 - left)));
  if (now >= code.session_ends) return stop(words.over);
  if (now >= code.ends) {
    image.hidden = true;
    wait.hidden = false;
  }
  if (now >= nextAt && !asking && !document.hidden) ask();
}

bare.addEventListener("change", () => code && show(image, code, bare.checked ? "bare" : "link"));

addEventListener("pagehide", () => {
  if (!over) fetch(page.dataset.leave, { method: "POST", body: form({}), keepalive: true, redirect: "manual" }).catch(() => {});
});
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

stayAwake();
ask();
setInterval(tick, 250);
