// The certificate as a picture: what the page says, drawn again on a canvas of 1200 pixels, its code large
// enough to be scanned from the picture.

const WIDTH = 1200;
const EDGE = 72;
const INK = "#1f2937";
const QUIET = "#4b5563";
const FONT = '"PingFang SC","HarmonyOS Sans SC","Noto Sans SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif';
const CODE = 760;

/** @param {HTMLElement} certificate @returns {Promise<Blob>} a PNG */
export async function draw(certificate) {
  const pairs = [...certificate.querySelectorAll("dl dt")].map((dt) => [textOf(dt), textOf(dt.nextElementSibling)]);
  for (const p of certificate.querySelectorAll(".cert-seal p")) pairs.push([textOf(p.firstChild), textOf(p.querySelector("strong"))]);
  const photo = await loaded(certificate.querySelector(".cert-photo"));
  const code = await loaded(certificate.querySelector(".code-picture"));

  const canvas = document.createElement("canvas");
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const lines = pairs.map(([label, value]) => ({ label, rows: wrapped(pen, value, WIDTH - 2 * EDGE - 300) }));
  const top = 470;
  const textHeight = lines.reduce((sum, line) => sum + line.rows.length * 48 + 10, 0);
  canvas.width = WIDTH;
  canvas.height = top + textHeight + CODE + 150;

  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, WIDTH, canvas.height);
  pen.strokeStyle = "#0f766e";
  for (const [inset, width] of [[24, 6], [38, 2]]) {
    pen.lineWidth = width;
    pen.strokeRect(inset, inset, WIDTH - 2 * inset, canvas.height - 2 * inset);
  }
  pen.textAlign = "center";
  pen.fillStyle = INK;
  pen.font = `40px ${FONT}`;
  pen.fillText(textOf(certificate.querySelector(".cert-land")), WIDTH / 2, 110);
  pen.font = `600 64px ${FONT}`;
  pen.fillText(textOf(certificate.querySelector("h2")), WIDTH / 2, 190);
  const state = certificate.querySelector(".cert-state");
  if (state) {
    pen.fillStyle = "#b45309";
    pen.font = `600 44px ${FONT}`;
    pen.fillText(textOf(state), WIDTH / 2, 250);
  }
  if (photo) pen.drawImage(photo, WIDTH - EDGE - 150, 250, 150, 200);
  pen.textAlign = "start";
  let y = top;
  for (const { label, rows } of lines) {
    pen.fillStyle = QUIET;
    pen.font = `32px ${FONT}`;
    pen.fillText(label, EDGE, y);
    pen.fillStyle = INK;
    pen.font = `36px ${FONT}`;
    for (const row of rows) {
      pen.fillText(row, EDGE + 300, y);
      y += 48;
    }
    y += 10;
  }
  pen.imageSmoothingEnabled = false;
  if (code) pen.drawImage(code, (WIDTH - CODE) / 2, y, CODE, CODE);
  pen.textAlign = "center";
  pen.fillStyle = QUIET;
  pen.font = `30px ${FONT}`;
  pen.fillText("真伪以扫描二维码的核验结果为准", WIDTH / 2, y + CODE + 40);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/png"),
  );
}

/** @param {Node | null} node */
function textOf(node) {
  return (node?.textContent ?? "").replace(/\s+/g, " ").trim();
}

/** @param {Element | null} element @returns {Promise<HTMLImageElement | null>} */
async function loaded(element) {
  const image = /** @type {HTMLImageElement | null} */ (element);
  if (!image?.src) return null;
  await image.decode().catch(() => {});
  return image;
}

function wrapped(pen, text, most) {
  pen.font = `36px ${FONT}`;
  const rows = [""];
  for (const character of text) {
    const row = rows[rows.length - 1] + character;
    if (pen.measureText(row).width > most && rows[rows.length - 1]) rows.push(character);
    else rows[rows.length - 1] = row;
  }
  return rows;
}
