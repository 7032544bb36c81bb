// What every page does: one press of a button acts once, and counters count.

/** A form that is on its way is not sent twice. */
document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  for (const button of form.querySelectorAll("button:not([type=button])")) button.setAttribute("aria-busy", "true");
});

/** Signing out takes along what the wallet keeps on this device. */
document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  // By its attribute: a button named "action" hides the property.
  if (form.getAttribute("action") === "/sign-out") indexedDB.deleteDatabase("yizheng-wallet");
});

/** Coming back by the back button, the form may be sent again. */
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete (/** @type {HTMLFormElement} */ (form).dataset.sent);
    for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  }
});

/** 0/100 beside a field with a limit: characters, as the server counts them, not UTF-16 units. */
for (const counter of document.querySelectorAll("[data-counts]")) {
  const { counts, limit } = /** @type {HTMLElement} */ (counter).dataset;
  const field = /** @type {HTMLTextAreaElement} */ (document.getElementById(counts ?? ""));
  const most = Number(limit ?? field.maxLength);
  const show = () => {
    const length = [...field.value.trim().normalize("NFC")].length;
    counter.textContent = `${length}/${most}`;
    counter.classList.toggle("over", length > most);
  };
  field.addEventListener("input", show);
  show();
}

/** "Send another" opens when the server would send one again. */
for (const each of document.querySelectorAll("button[data-wait]")) {
  const button = /** @type {HTMLButtonElement} */ (each);
  const words = button.textContent ?? "";
  const ends = performance.now() + Number(button.dataset.wait) * 1000;
  const show = () => {
    const left = Math.ceil((ends - performance.now()) / 1000);
    button.disabled = left > 0;
    button.textContent = left > 0 ? `${words} (${left} s)` : words;
    if (left > 0) setTimeout(show, 250);
  };
  show();
}

/** A question before what cannot be undone. */
document.addEventListener("click", (event) => {
  const button = /** @type {Element} */ (event.target).closest("[data-asks]");
  if (button && !confirm(/** @type {HTMLElement} */ (button).dataset.asks)) event.preventDefault();
});

if ("serviceWorker" in navigator && isSecureContext) navigator.serviceWorker.register("/app-worker.js").catch(() => {});

document.querySelector("[data-print]")?.addEventListener("click", () => print());
