// The code of the day without a signal: out of the kept book, a new one every 20 seconds, with how long it lasts.

import { show as draw, useDrawing } from "./draw.js";
import { dropBook, keptBook } from "./kept_book.js";

const page = /** @type {HTMLElement} */ (document.querySelector("main"));
const words = /** @type {HTMLElement} */ (document.getElementById("words")).dataset;
const [who, photo, name, image, wait, stopped, why, ring, clock, notice] = [
  ".held-who", ".held-who img", ".held-name", ".code-drawn", ".code-wait", ".code-stopped", ".code-why", ".ring-left", ".ring-clock", ".held-notice",
].map((each) => /** @type {any} */ (page.querySelector(each)));
const bare = /** @type {HTMLInputElement} */ (document.getElementById("bare"));
const shanghai = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", timeStyle: "medium", hourCycle: "h23" });

useDrawing(page.dataset.drawing ?? "");

let shown = -1;
let form = "";
let inSight = false;
/** @type {any} */
let texts = null;

function stop(text) {
  who.hidden = image.hidden = wait.hidden = true;
  image.removeAttribute("src");
  notice.hidden = true;
  why.textContent = text;
  stopped.hidden = false;
}

async function tick(book) {
  const now = book.now(inSight);
  inSight = !document.hidden;
  if (now.refused) {
    stop(now.refused === "BOOK_OVER" ? words.over : words.notStarted);
    return false;
  }
  clock.textContent = shanghai.format(book.time() * 1000);
  ring.setAttribute("stroke-dashoffset", String(100 * (1 - Math.min(1, now.nextInS / 20))));
  const minutes = Math.max(1, Math.floor(now.lastsS / 60));
  notice.textContent = `${words.lasts} ${minutes} ${words.minutes}${now.notice ? ` · ${words.unchecked}` : ""}`;
  notice.hidden = false;
  const wanted = bare.checked ? "bare" : "link";
  if (now.index !== shown || wanted !== form) {
    if (now.index !== shown) texts = await book.texts(now.message);
    [shown, form] = [now.index, wanted];
    await draw(image, texts, form);
    image.dataset.index = String(shown);
    image.dataset.text = texts[form];
    wait.hidden = true;
    book.remember();
  }
  return true;
}

/** A book that the server has ended is thrown away; with a signal the time is checked anew. */
async function ask(book) {
  try {
    const answer = await fetch(`${page.dataset.alive}?id=${book.id}`, { signal: AbortSignal.timeout(3000) });
    if (!answer.ok) return true;
    const said = await answer.json();
    if (said.alive) await book.hears(said.now);
    else await dropBook();
    return said.alive;
  } catch {
    return true;
  }
}

const book = await keptBook().catch(() => "damaged");
if (book === null) stop(words.none);
else if (typeof book === "string") stop(words.damaged);
else if (!(await ask(book))) stop(words.ended);
else {
  photo.src = URL.createObjectURL(new Blob([book.photo]));
  name.textContent = book.name;
  who.hidden = false;
  /** @type {any} */ (navigator).wakeLock?.request("screen").catch(() => {});
  let running = await tick(book);
  let busy = false;
  const timer = setInterval(async () => {
    if (busy) return;
    busy = true;
    running = await tick(book);
    busy = false;
    if (!running) clearInterval(timer);
  }, 250);
}
