// The code of the day without a signal: out of the kept book, a new one every 20 seconds, with how long it lasts.

import { rest, stayAwake } from "./awake.js";
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
  rest();
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

/** Whether the network has just let the live page wait in vain. That is said once: a reload asks again. */
const isLate = location.search === "?late";
if (isLate) history.replaceState(null, "", location.pathname);

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
else {
  const asked = ask(book);
  if (isLate || (await asked)) await run(book, asked);
  else stop(words.ended);
}

/** Shows the codes until the book is over, or ended by an answer that comes late. @param {Promise<boolean>} asked */
async function run(book, asked) {
  photo.src = URL.createObjectURL(new Blob([book.photo]));
  name.textContent = book.name;
  who.hidden = false;
  stayAwake();
  let ended = false;
  asked.then((alive) => (ended = !alive));
  await tick(book);
  let busy = false;
  const timer = setInterval(async () => {
    if (busy) return;
    busy = true;
    if (ended) stop(words.ended);
    if (ended || !(await tick(book))) clearInterval(timer);
    busy = false;
  }, 250);
}
