// The certificate as a picture: the parts of the page in its order, drawn again on a canvas of 1200 pixels. The code
// is in whole pixels a module, large enough to be scanned from the picture at half its size.

import { modulesOf } from "./draw.js";

const WIDTH = 1200;
const TALLEST = 6000;
const EDGE = 84;
const INSIDE = WIDTH - 2 * EDGE;
const GAP = 32;
const [GREEN, INK, QUIET, LINE, AMBER] = ["#0f766e", "#1f2937", "#4b5563", "#d9dee5", "#b45309"];
const FONT = '"PingFang SC","HarmonyOS Sans SC","Noto Sans SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif';
const [TITLE, STATE, NAME, STRONG, TEXT, SMALL, TINY] = [
  "600 68px", "600 40px", "600 52px", "600 36px", "36px", "32px", "24px",
].map((size) => `${size} ${FONT}`);
const PHOTO = { width: 294, height: 392 };
const LARGEST_MODULE = 6;
/** What must not begin a row. */
const NOT_FIRST = "，。、；：！？）》」』】〉”’·";

/** @typedef {{label: string, english: string, value: string, rest: string, isName: boolean}} Field */

/**
 * @param {HTMLElement} certificate as the page shows it
 * @param {string} notice what is written beneath, line by line
 * @returns {Promise<Blob>} a PNG
 */
export async function draw(certificate, notice) {
  const [photo, code] = await Promise.all([".cert-photo", ".code-picture"].map((each) => loaded(certificate, each)));
  const draft = canvas(TALLEST); // transparent: words and pictures, before it is known how tall they are
  const pen = pencil(draft);
  pen.textBaseline = "middle";
  const top = heading(pen, certificate, 104);
  const beside = EDGE + PHOTO.width + 48;
  if (photo) withPhoto(pen, photo, top);
  const below = fields(pen, pairs(certificate.querySelector(".cert-top dl")), beside, top + 28, WIDTH - EDGE - beside);
  let y = rule(pen, Math.max(below, top + PHOTO.height) + 24);
  y = rule(pen, fields(pen, pairs(certificate.querySelector(".cert-rest")), EDGE, y, INSIDE));
  y = seal(pen, certificate, y);
  if (code) y = withCode(pen, code, y);
  y += 44;
  for (const line of notice.split("\n")) y = centred(pen, line, y, SMALL, QUIET, 46);

  const done = canvas(y + 48);
  const last = pencil(done);
  last.fillStyle = "#fff";
  last.fillRect(0, 0, WIDTH, done.height);
  watermark(last, textOf(certificate.querySelector(".cert-mark span")), done.height);
  last.drawImage(draft, 0, 0);
  border(last, done.height);
  return new Promise((made, failed) => {
    done.toBlob((picture) => (picture ? made(picture) : failed(new Error("not drawn"))), "image/png");
  });
}

/** Country, title, kind and, where the licence is out, its state; gives where the next part begins. */
function heading(pen, certificate, y) {
  spaced(pen, "0.3em", () => centred(pen, textOf(certificate.querySelector(".cert-land")), y, TEXT, INK, 0));
  spaced(pen, "0.12em", () => centred(pen, textOf(certificate.querySelector("h2")), y + 74, TITLE, INK, 0));
  centred(pen, textOf(certificate.querySelector(".cert-kind")), y + 144, SMALL, QUIET, 0);
  const state = certificate.querySelector(".cert-state");
  if (!state) return y + 196;
  pen.strokeStyle = AMBER;
  pen.lineWidth = 4;
  pen.strokeRect(EDGE, y + 184, INSIDE, 72);
  centred(pen, textOf(state), y + 220, STATE, AMBER, 0);
  return y + 288;
}

function withPhoto(pen, photo, y) {
  pen.drawImage(photo, EDGE, y, PHOTO.width, PHOTO.height);
  pen.strokeStyle = LINE;
  pen.lineWidth = 2;
  pen.strokeRect(EDGE, y, PHOTO.width, PHOTO.height);
}

/** Names and values in two columns; gives where they end. @param {Field[]} all */
function fields(pen, all, x, y, width) {
  const names = all.flatMap(({ label, english }) => [measured(pen, label, SMALL), measured(pen, english, TINY)]);
  const column = Math.max(...names) + GAP;
  for (const { label, english, value, rest, isName } of all) {
    write(pen, label, x, y, SMALL, QUIET);
    if (english) write(pen, english, x, y + 36, TINY, QUIET);
    let end = rows(pen, value, x + column, y, width - column, isName ? NAME : TEXT, INK, isName ? 66 : 52);
    end = rows(pen, rest, x + column, end, width - column, SMALL, QUIET, 46);
    y = Math.max(end, english ? y + 78 : 0) + 10;
  }
  return y;
}

/** Who issued it, when, until when and in which version; two beside each other. */
function seal(pen, certificate, y) {
  const width = (INSIDE - GAP) / 2;
  const said = [...certificate.querySelectorAll(".cert-seal p")].map((p) => ({ ...named(p), value: textOf(p.querySelector("strong")) }));
  for (let at = 0; at < said.length; at += 2) {
    const ends = said.slice(at, at + 2).map(({ label, english, value }, place) => {
      const x = EDGE + place * (width + GAP);
      write(pen, english ? `${label}  ${english}` : label, x, y, SMALL, QUIET);
      return rows(pen, value, x, y + 48, width, STRONG, INK, 52);
    });
    y = Math.max(...ends) + 14;
  }
  return y;
}

/** The code with its quiet zone, in whole pixels a module. */
function withCode(pen, code, y) {
  const modules = modulesOf(code);
  const side = modules * Math.max(1, Math.min(LARGEST_MODULE, Math.floor(INSIDE / modules)));
  pen.imageSmoothingEnabled = false;
  pen.drawImage(code, (WIDTH - side) / 2, y, side, side);
  pen.imageSmoothingEnabled = true;
  return y + side;
}

/** Against a picture that is used again: whose it is and of when, across the whole sheet. */
function watermark(pen, text, height) {
  pen.save();
  pen.globalAlpha = 0.07;
  for (let y = 200; y < height - 100; y += 300) {
    for (const x of [WIDTH * 0.28, WIDTH * 0.72]) {
      pen.save();
      pen.translate(x, y);
      pen.rotate((-24 * Math.PI) / 180);
      pen.textAlign = "center";
      write(pen, text, 0, 0, SMALL, GREEN);
      pen.restore();
    }
  }
  pen.restore();
}

function border(pen, height) {
  pen.strokeStyle = GREEN;
  for (const [inset, width] of [[24, 8], [42, 2]]) {
    pen.lineWidth = width;
    pen.strokeRect(inset, inset, WIDTH - 2 * inset, height - 2 * inset);
  }
}

function rule(pen, y) {
  pen.fillStyle = LINE;
  pen.fillRect(EDGE, y, INSIDE, 2);
  return y + 46;
}

// --- words ---

function write(pen, text, x, y, font, fill) {
  pen.font = font;
  pen.fillStyle = fill;
  pen.fillText(text, x, y);
}

function centred(pen, text, y, font, fill, step) {
  pen.textAlign = "center";
  const end = rows(pen, text, WIDTH / 2, y, INSIDE, font, fill, step);
  pen.textAlign = "start";
  return end;
}

/** Letters apart, where the browser can; the title reads without. */
function spaced(pen, apart, act) {
  pen.letterSpacing = apart;
  act();
  pen.letterSpacing = "0px";
}

function rows(pen, text, x, y, most, font, fill, step) {
  for (const row of wrapped(pen, text, most, font)) {
    write(pen, row, x, y, font, fill);
    y += step;
  }
  return y;
}

function wrapped(pen, text, most, font) {
  const found = [];
  let row = "";
  for (const piece of text.match(/[!-~]+ ?|./gu) ?? []) {
    if (row && measured(pen, row + piece.trimEnd(), font) > most && !NOT_FIRST.includes(piece)) {
      found.push(row);
      row = "";
    }
    row += piece;
  }
  return row ? [...found, row] : found;
}

function measured(pen, text, font) {
  pen.font = font;
  return pen.measureText(text).width;
}

// --- the page ---

/** @param {Element | null} list @returns {Field[]} */
function pairs(list) {
  return [...(list?.querySelectorAll("dt") ?? [])].map((dt) => {
    const dd = /** @type {Element} */ (dt.nextElementSibling);
    return { ...named(dt), value: named(dd).label, rest: named(dd).english, isName: dd.matches(".cert-name") };
  });
}

/** What an element says itself, and what it says small beneath. */
function named(element) {
  const own = /** @type {Element} */ (element.cloneNode(true));
  for (const apart of own.querySelectorAll("small, strong")) apart.remove();
  for (const group of own.querySelectorAll(".grouped")) group.replaceWith([...group.children].map(textOf).join(" "));
  return { label: textOf(own), english: textOf(element.querySelector("small")) };
}

/** @param {Node | null} node */
function textOf(node) {
  return (node?.textContent ?? "").replace(/\s+/g, " ").trim();
}

/** @param {HTMLElement} certificate @param {string} name @returns {Promise<HTMLImageElement | null>} */
async function loaded(certificate, name) {
  const image = /** @type {HTMLImageElement | null} */ (certificate.querySelector(name));
  if (!image?.src) return null;
  await image.decode().catch(() => {});
  return image.naturalWidth ? image : null;
}

/** @param {number} height */
function canvas(height) {
  return Object.assign(document.createElement("canvas"), { width: WIDTH, height });
}

/** @param {HTMLCanvasElement} drawn */
function pencil(drawn) {
  return /** @type {CanvasRenderingContext2D} */ (drawn.getContext("2d"));
}
