// 下载工牌: the server's picture; where its fonts lack a character, drawn here with the phone's own.

const DPI_WIDTH = { card: [638, 1016], lanyard: [874, 1240] };
const FONT = '"PingFang SC","HarmonyOS Sans SC","Noto Sans SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif';
const BAND = { 1: "#0f766e", 2: "#475569" };

for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("a[data-badge]"))) {
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    const answer = await fetch(link.href);
    const name = /** @type {string} */ (link.pathname.split("/").pop());
    if (answer.redirected) return location.assign(answer.url);
    if (answer.ok) return save(await answer.blob(), `badge-${name}`);
    save(await drawn(name.startsWith("lanyard") ? "lanyard" : "card"), `badge-${name}`);
    const form = /** @type {HTMLFormElement} */ (document.querySelector("[data-taken]"));
    await fetch(form.dataset.taken ?? "", { method: "POST", body: new FormData(form) });
  });
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** @param {"card" | "lanyard"} paper @returns {Promise<Blob>} */
async function drawn(paper) {
  const card = /** @type {HTMLElement} */ (document.querySelector(".badge-card"));
  const [width, height] = DPI_WIDTH[paper];
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, width, height);
  const band = height * 0.085;
  pen.fillStyle = BAND[card.classList.contains("level-2") ? 2 : 1];
  pen.fillRect(0, 0, width, band);
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  line(pen, card.querySelector(".badge-level"), band / 2, band * 0.5, width, "#fff");
  const code = /** @type {HTMLImageElement} */ (card.querySelector(".code-picture"));
  const side = Math.floor(width * 0.75);
  pen.imageSmoothingEnabled = false;
  await code.decode();
  pen.drawImage(code, (width - side) / 2, height - side, side, side);
  pen.imageSmoothingEnabled = true;
  const texts = [[".badge-name", 0.09], [".badge-title", 0.05], [".badge-place", 0.05]];
  let y = height - side - width * 0.02;
  for (const [name, size] of texts.reverse()) {
    const element = card.querySelector(String(name));
    if (!element) continue;
    const pixels = width * Number(size);
    line(pen, element, y - pixels * 0.65, pixels, width, name === ".badge-name" ? "#1f2937" : "#475569");
    y -= pixels * 1.3;
  }
  const photo = /** @type {HTMLImageElement} */ (card.querySelector(".cert-photo"));
  await photo.decode();
  const tall = y - band - height * 0.03;
  pen.drawImage(photo, (width - tall * 0.75) / 2, band + height * 0.015, tall * 0.75, tall);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/png"),
  );
}

function line(pen, element, y, size, width, fill) {
  pen.fillStyle = fill;
  const text = element.textContent.trim();
  let pixels = size;
  do pen.font = `600 ${pixels}px ${FONT}`;
  while (pen.measureText(text).width > width * 0.92 && (pixels -= 1) > 8);
  pen.fillText(text, width / 2, y);
}
