// The PC's half of signing in by scanning: shows the code, asks every two seconds how it stands.

const EVERY_MS = 2000;
const box = /** @type {HTMLElement} */ (document.querySelector(".scan-login"));
const token = /** @type {HTMLInputElement} */ (box.querySelector("[name=csrf_token]")).value;
const [image, number, said, again] = [".code-drawn", "[data-number]", "[data-said]", "[data-again]"].map(
  (name) => /** @type {any} */ (box.querySelector(name)),
);
let current = "";

async function post(address, fields) {
  const body = new FormData();
  for (const [name, value] of Object.entries({ csrf_token: token, ...fields })) body.set(name, value);
  const answer = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
  if (!answer.ok) throw Object.assign(new Error(String(answer.status)), { status: answer.status });
  return answer.json();
}

async function begin() {
  again.hidden = true;
  const asked = await post(box.dataset.ticket, {});
  current = asked.ticket;
  image.src = asked.drawn;
  image.hidden = false;
  number.textContent = asked.number;
  said.textContent = said.dataset.new;
  const ends = performance.now() + asked.seconds * 1000;
  while (current === asked.ticket && performance.now() < ends) {
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    let polled;
    try {
      polled = await post(box.dataset.poll, { ticket: asked.ticket });
    } catch (error) {
      if (/** @type {any} */ (error).status >= 400) break;
      continue;
    }
    if (polled.next) return location.assign(polled.next);
    if (polled.state === "SCANNED") said.textContent = said.dataset.scanned;
    if (polled.state === "CANCELLED") return over(said.dataset.cancelled);
  }
  over(said.dataset.over);
}

function over(words) {
  said.textContent = words;
  image.hidden = true;
  number.textContent = "––";
  again.hidden = false;
}

again.addEventListener("click", () => begin().catch(() => over(said.dataset.over)));
begin().catch(() => over(said.dataset.over));
