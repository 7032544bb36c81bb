// What desks add to every page: keys, the search for a function, the detail beside the list.
// Without scripts every page works all the same; what needs one stays hidden until here.

const WIDE = matchMedia("(min-width: 1280px)");

for (const each of document.querySelectorAll("[data-keys], [data-seek], [data-all], [data-phrase]")) {
  /** @type {HTMLElement} */ (each).hidden = false;
}

// --- the list: j and k move, Enter opens, x ticks ------------------------------------------------

const list = document.querySelector("[data-list]");
const beside = /** @type {HTMLElement | null} */ (document.querySelector("[data-beside]"));
/** @type {HTMLElement[]} */
const rows = list ? [...list.querySelectorAll("[data-row]")].map((row) => /** @type {HTMLElement} */ (row)) : [];
let at = -1;

/** @param {number} index */
function choose(index) {
  if (!rows.length) return;
  at = Math.max(0, Math.min(rows.length - 1, index));
  rows.forEach((row, n) => (n === at ? row.setAttribute("aria-selected", "true") : row.removeAttribute("aria-selected")));
  rows[at].scrollIntoView({ block: "nearest" });
  if (beside && WIDE.matches) show(rows[at]);
}

let asked = 0;
/** @param {HTMLElement} row */
async function show(row) {
  if (!beside || !row.dataset.href) return;
  const mine = ++asked;
  beside.hidden = false;
  beside.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(`${row.dataset.href}${row.dataset.href.includes("?") ? "&" : "?"}part=1`, { headers: { Accept: "text/html" } });
    const text = await answer.text();
    if (mine !== asked) return; // another row was chosen meanwhile
    const page = new DOMParser().parseFromString(text, "text/html");
    beside.replaceChildren(...(page.querySelector("[data-review]") ?? page.body).children);
    for (const each of beside.querySelectorAll("[data-keys], [data-phrase]")) /** @type {HTMLElement} */ (each).hidden = false;
  } catch {
    beside.hidden = true; // the row's own link still leads to the page
  } finally {
    beside.removeAttribute("aria-busy");
  }
}

for (const row of rows) {
  row.addEventListener("click", (event) => {
    if (/** @type {Element} */ (event.target).closest("a, input, button")) return;
    choose(rows.indexOf(row));
  });
}
if (rows.length && beside && WIDE.matches) choose(0);

document.querySelector("[data-all]")?.addEventListener("change", (event) => {
  const on = /** @type {HTMLInputElement} */ (event.target).checked;
  for (const tick of document.querySelectorAll("[data-row] input[type=checkbox]")) /** @type {HTMLInputElement} */ (tick).checked = on;
});

// --- keys ----------------------------------------------------------------------------------------

/** @param {EventTarget | null} target */
const isTyping = (target) => target instanceof Element && target.closest("textarea, select, input:not([type=checkbox]):not([type=radio])") !== null;

/** @param {string} key */
function press(key) {
  const there = /** @type {HTMLElement | null} */ (document.querySelector(`[data-key="${key}"]`));
  if (!there) return false;
  if (there instanceof HTMLInputElement && there.type === "checkbox") there.click();
  else if (there instanceof HTMLButtonElement) decide(there);
  else there.focus();
  return true;
}

/** Presses a button of a decision; what it needs first is shown instead.
 * @param {HTMLButtonElement} button */
function decide(button) {
  const needs = button.dataset.needs;
  const field = needs && /** @type {HTMLInputElement | null} */ (button.form?.elements.namedItem(needs));
  if (field && (field.type === "checkbox" ? !field.checked : !field.value.trim())) {
    field.focus();
    field.scrollIntoView({ block: "center" });
    return;
  }
  button.click();
}

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    seek();
    return;
  }
  if (event.isComposing) return;
  if (isTyping(event.target)) {
    if (event.key === "Escape") /** @type {HTMLElement} */ (event.target).blur();
    // Ctrl+Enter in the opinion returns the application: the opinion was typed for that.
    if (event.key === "Enter" && event.ctrlKey) {
      const button = /** @type {HTMLButtonElement | null} */ (document.querySelector('[data-key="r"]'));
      if (button) decide(button);
    }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "j") choose(at + 1);
  else if (event.key === "k") choose(at - 1);
  else if (event.key === "Enter" && at >= 0 && !(event.target instanceof HTMLButtonElement)) location.href = rows[at].dataset.href ?? "";
  else if (event.key === "x" && at >= 0) /** @type {HTMLInputElement | null} */ (rows[at].querySelector("input[type=checkbox]"))?.click();
  else if (event.key === "Escape" && event.target instanceof HTMLInputElement) event.target.blur();
  else if (event.key === "Escape") /** @type {HTMLAnchorElement | null} */ (document.querySelector("a[data-up]"))?.click();
  else if (!press(event.key)) return;
  event.preventDefault();
});

// --- a saved phrase ------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const chip = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-phrase]"));
  if (!chip) return;
  const field = /** @type {HTMLTextAreaElement | null} */ (chip.closest("form")?.elements.namedItem("opinion"));
  if (!field) return;
  field.value = field.value.trim() ? `${field.value.trim()}；${chip.dataset.phrase}` : (chip.dataset.phrase ?? "");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
});

// --- the search for a function -------------------------------------------------------------------

const seeker = /** @type {HTMLDialogElement | null} */ (document.querySelector("[data-seeker]"));
const entries = seeker ? [...seeker.querySelectorAll("a[data-words]")].map((each) => /** @type {HTMLAnchorElement} */ (each)) : [];

function seek() {
  if (!seeker) return;
  const field = /** @type {HTMLInputElement} */ (seeker.querySelector("input"));
  field.value = "";
  sift("");
  seeker.showModal();
  field.focus();
}

/** @param {string} said */
function sift(said) {
  for (const each of entries) {
    /** @type {HTMLElement} */ (each.parentElement).hidden = !(each.dataset.words ?? "").includes(said.trim().toLowerCase());
  }
}

document.querySelector("[data-seek]")?.addEventListener("click", seek);
seeker?.querySelector("input")?.addEventListener("input", (event) => sift(/** @type {HTMLInputElement} */ (event.target).value));
seeker?.addEventListener("keydown", (event) => {
  event.stopPropagation();
  const shown = entries.filter((each) => !(/** @type {HTMLElement} */ (each.parentElement).hidden));
  if (event.key === "Enter" && event.target instanceof HTMLInputElement) shown[0]?.click();
  else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const here = shown.indexOf(/** @type {HTMLAnchorElement} */ (document.activeElement));
    shown[(here + (event.key === "ArrowDown" ? 1 : shown.length - 1) + shown.length) % shown.length]?.focus();
  } else return;
  event.preventDefault();
});
seeker?.addEventListener("click", (event) => {
  if (event.target === seeker) seeker.close();
});
