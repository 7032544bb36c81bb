// The form of an application, made quicker: pickers that search while one types, rows that can be added, the
// portrait cut to its ratio before it is sent. Without this file everything still works, by its buttons.

/** Searches behind a field: the server draws the choices. */
for (const picker of document.querySelectorAll("[data-picker]")) {
  const field = /** @type {HTMLInputElement} */ (picker.querySelector("input[name^=find_]"));
  const found = /** @type {HTMLElement} */ (picker.querySelector("[data-found]"));
  const place = /** @type {HTMLSelectElement | null} */ (document.querySelector("select[name=place]"));
  const button = /** @type {HTMLElement} */ (picker.querySelector("button[name=go]"));
  const name = field.name === "find_place" ? "place" : "institution_id";
  let asked = 0;
  let timer = 0;
  const look = async () => {
    const turn = ++asked;
    const url = new URL(/** @type {HTMLElement} */ (picker).dataset.picker ?? "", location.href);
    url.search = new URLSearchParams({ q: field.value, name, place: place?.value ?? "" }).toString();
    const answer = await fetch(url, { headers: { Accept: "text/html" } });
    const choices = answer.ok ? await answer.text() : "";
    if (!answer.ok || turn !== asked) return;
    // What was chosen meanwhile stays chosen, and stays to be seen.
    const chosen = /** @type {HTMLInputElement | null} */ (found.querySelector("input:checked"));
    const label = chosen?.closest("label");
    found.innerHTML = choices;
    const again = chosen && [...found.querySelectorAll("input")].find((input) => input.value === chosen.value);
    if (again) again.checked = true;
    else if (label) found.prepend(label);
  };
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(look, 250);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    look();
  });
  place?.addEventListener("change", look);
  button.setAttribute("type", "button");
  button.addEventListener("click", look);
}

/** 添加工作经历. */
for (const rows of document.querySelectorAll("[data-rows]")) {
  const list = /** @type {HTMLElement} */ (rows.querySelector("[data-list]"));
  const add = /** @type {HTMLButtonElement} */ (rows.querySelector("[data-add]"));
  add.hidden = false;
  add.addEventListener("click", () => {
    const last = /** @type {HTMLElement} */ (list.lastElementChild);
    const fresh = /** @type {HTMLElement} */ (last.cloneNode(true));
    for (const input of fresh.querySelectorAll("input")) input.value = "";
    list.append(fresh);
    fresh.querySelector("input")?.focus();
    add.disabled = list.children.length >= 20;
  });
}

/** The portrait: cut to the ratio of two inches in the browser, so that what is sent is what was seen. */
const WIDTH = 413;
const HEIGHT = 579;
for (const field of document.querySelectorAll("[data-crop]")) {
  const input = /** @type {HTMLInputElement} */ (field.querySelector("input[type=file]"));
  const canvas = document.createElement("canvas");
  canvas.className = "portrait crop";
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  canvas.hidden = true;
  canvas.tabIndex = 0;
  const english = document.documentElement.lang === "en";
  const say = english ? "Drag the picture to move it; slide to enlarge it" : "拖动照片移动位置，拖动滑块缩放";
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", say);
  const hint = document.createElement("p");
  Object.assign(hint, { className: "hint", textContent: say, hidden: true });
  const zoom = document.createElement("input");
  Object.assign(zoom, { type: "range", min: "1", max: "3", step: "0.02", value: "1", className: "form-range", hidden: true });
  zoom.setAttribute("aria-label", english ? "Zoom" : "缩放");
  field.append(canvas, zoom, hint);
  /** @type {ImageBitmap | null} */
  let picture = null;
  let left = 0.5;
  let top = 0.35;
  /** The whole picture, in pixels of the portrait. @param {ImageBitmap} of */
  const drawn = (of) => {
    const scale = Math.max(WIDTH / of.width, HEIGHT / of.height) * Number(zoom.value);
    return { width: of.width * scale, height: of.height * scale };
  };
  const draw = () => {
    if (!picture) return;
    const { width, height } = drawn(picture);
    const paint = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    paint.fillStyle = "#fff";
    paint.fillRect(0, 0, WIDTH, HEIGHT);
    paint.drawImage(picture, (WIDTH - width) * left, (HEIGHT - height) * top, width, height);
  };
  /** At once, not in a callback: who lets go and presses the button sends what was seen. */
  const keep = () => {
    const [, text] = canvas.toDataURL("image/jpeg", 0.92).split(",");
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const files = new DataTransfer();
    files.items.add(new File([bytes], "portrait.jpg", { type: "image/jpeg" }));
    input.files = files.files;
  };
  input.addEventListener("change", async () => {
    const file = input.files?.[0];
    if (!file) return;
    try {
      picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    } catch {
      return; // not a picture this browser reads: the server says so
    }
    zoom.value = "1";
    canvas.hidden = zoom.hidden = hint.hidden = false;
    draw();
    keep();
  });
  zoom.addEventListener("input", draw);
  zoom.addEventListener("change", keep);
  /** Moves the picture by pixels of the screen: it stays under the finger. @param {number} x @param {number} y */
  const move = (x, y) => {
    if (!picture) return;
    const { width, height } = drawn(picture);
    const finer = WIDTH / canvas.clientWidth;
    if (width > WIDTH) left = Math.min(1, Math.max(0, left - (x * finer) / (width - WIDTH)));
    if (height > HEIGHT) top = Math.min(1, Math.max(0, top - (y * finer) / (height - HEIGHT)));
    draw();
  };
  let at = { x: 0, y: 0 };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    at = { x: event.clientX, y: event.clientY };
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!canvas.hasPointerCapture(event.pointerId)) return;
    move(event.clientX - at.x, event.clientY - at.y);
    at = { x: event.clientX, y: event.clientY };
  });
  for (const ended of ["pointerup", "pointercancel"]) canvas.addEventListener(ended, keep);
  canvas.addEventListener("keydown", (event) => {
    const [x, y] = { ArrowLeft: [-8, 0], ArrowRight: [8, 0], ArrowUp: [0, -8], ArrowDown: [0, 8] }[event.key] ?? [0, 0];
    if (!x && !y) return;
    event.preventDefault();
    move(x, y);
    keep();
  });
}
