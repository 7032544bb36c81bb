// 脱网码包: fetches a book into the device's encrypted store, says how long the one there lasts, deletes it.

import { dropBook, keepBook, keptBook } from "./kept_book.js";

const fault = /** @type {HTMLElement} */ (document.querySelector("[data-fault]"));
const box = /** @type {HTMLElement} */ (document.querySelector("[data-kept]"));
const when = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });

async function look() {
  const book = await keptBook().catch(() => null);
  const good = book !== null && !book.now(false).refused;
  box.hidden = !good;
  if (good) /** @type {HTMLElement} */ (box.querySelector("[data-until]")).textContent = when.format(book.book.end * 1000);
}

document.querySelector("[data-fetch]")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (event.target);
  fault.hidden = true;
  try {
    const answer = await fetch(location.pathname, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
    const said = await answer.json();
    if (!answer.ok) {
      const why = /** @type {HTMLElement} */ (fault.querySelector("[data-why]"));
      why.textContent = document.documentElement.lang.startsWith("zh") ? said.zh : said.en;
      throw new Error(said.code);
    }
    const photo = await fetch(said.photo);
    await keepBook(said, new Uint8Array(await photo.arrayBuffer()));
  } catch {
    fault.hidden = false;
  }
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  await look();
});

box.querySelector("[data-delete]")?.addEventListener("click", () => dropBook().then(look));
look();
