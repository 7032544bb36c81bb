/**
 * Text to QR code, drawn as `credential/qr.py` draws it: same segments, same level, same version, from the same
 * `qr.json`. Which mask is taken is the library's, and says nothing to a reader.
 *
 * A code is drawn at the strongest level whose smallest fitting version stays within the kind's budget, and where none
 * does at the smallest version that fits at the weakest level. The bare form (base45) is one alphanumeric segment, the
 * link form a byte segment up to `#` and a numeric segment of its digits, any other text one byte segment in UTF-8.
 *
 * Source: ISO/IEC 18004:2015, 7.4 (modes, character count), table 7 (capacities), 6.3.8 (quiet zone).
 */

import { correction, generate, mode } from "lean-qr";
import rules from "../../../credential/qr.json" with { type: "json" };
import { CredentialError } from "./errors.js";

/** @typedef {keyof typeof rules.kinds} Kind */
/** @typedef {"L" | "M" | "Q" | "H"} Level */
/** @typedef {{mode: "numeric" | "alphanumeric" | "byte", text: string}} Segment */
/** How a text is drawn. @typedef {{version: number, level: Level, segments: Segment[]}} Plan */

const LEVELS = /** @type {Level[]} */ (rules.levels);
const MAX_VERSION = 40;
const LINK = /^(https:\/\/[^/#]+\/v#)([0-9]+)$/;
const BASE45 = /^[0-9A-Z $%*+\-./:]+$/;
/** Bits of the character count in versions 1-9, 10-26, 27-40. */
const COUNT_BITS = { numeric: [10, 12, 14], alphanumeric: [9, 11, 13], byte: [8, 16, 16] };

/**
 * ISO/IEC 18004, tables 7 and 9, by level L, M, Q, H and version 1-40: how many codewords correct errors in each block,
 * and how many blocks there are.
 * @type {Record<Level, {correcting: number[], blocks: number[]}>}
 */
const TABLES = {
  L: {
    correcting: [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30, 26, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30],
    blocks: [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 24, 25],
  },
  M: {
    correcting: [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28],
    blocks: [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49],
  },
  Q: {
    correcting: [13, 22, 18, 26, 18, 24, 18, 22, 20, 24, 28, 26, 24, 20, 30, 24, 28, 28, 26, 30, 28, 30, 30, 30, 30, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30],
    blocks: [1, 1, 2, 2, 4, 4, 6, 6, 8, 8, 8, 10, 12, 16, 12, 17, 16, 18, 21, 20, 23, 23, 25, 27, 29, 34, 34, 35, 38, 40, 43, 45, 48, 51, 53, 56, 59, 62, 65, 68],
  },
  H: {
    correcting: [17, 28, 22, 16, 22, 28, 26, 26, 24, 28, 24, 28, 22, 24, 24, 30, 28, 28, 26, 28, 30, 24, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30],
    blocks: [1, 1, 2, 4, 4, 4, 5, 6, 8, 8, 11, 11, 16, 16, 18, 16, 19, 21, 25, 25, 25, 34, 30, 32, 35, 37, 40, 42, 45, 48, 51, 54, 57, 60, 63, 66, 70, 74, 77, 81],
  },
};

/**
 * How `text` is drawn as `kind` (a key of `qr.json`); `TEXT_TOO_LONG` when not even version 40 at the weakest level holds it.
 * @param {string} text
 * @param {Kind} kind
 * @returns {Plan}
 */
export function plan(text, kind) {
  if (!text) throw new RangeError("there is no QR code of nothing");
  const budget = rules.kinds[kind];
  const segments = segmentsOf(text);
  for (const level of LEVELS.slice(0, LEVELS.indexOf(/** @type {Level} */ (budget.lowest_level)) + 1)) {
    const version = smallestVersion(segments, level);
    if (version !== null && version <= budget.max_version) return { version, level, segments };
  }
  const weakest = LEVELS[LEVELS.length - 1];
  const version = smallestVersion(segments, weakest);
  if (version === null) throw new CredentialError("TEXT_TOO_LONG");
  return { version, level: weakest, segments };
}

/**
 * The modules row by row, true for dark, without the quiet zone.
 * @param {string} text
 * @param {Kind} kind
 * @returns {boolean[][]}
 */
export function matrix(text, kind) {
  const { version, level, segments } = plan(text, kind);
  const parts = segments.map((segment) =>
    segment.mode === "numeric" ? mode.numeric(segment.text)
    : segment.mode === "alphanumeric" ? mode.alphaNumeric(segment.text)
    : mode.bytes(new TextEncoder().encode(segment.text)),
  );
  const code = generate(mode.multi(...parts), {
    minVersion: version,
    maxVersion: version,
    minCorrectionLevel: correction[level],
    maxCorrectionLevel: correction[level],
  });
  return Array.from({ length: code.size }, (_, y) => Array.from({ length: code.size }, (_, x) => code.get(x, y)));
}

/** Dark runs as one SVG path, one unit a module, the quiet zone counted in. @param {boolean[][]} modules */
function path(modules) {
  const quiet = rules.quiet_zone_modules;
  let runs = "";
  modules.forEach((row, y) => {
    for (let x = 0; x < row.length; x++) {
      if (!row[x]) continue;
      let end = x;
      while (row[end]) end += 1;
      runs += `M${x + quiet} ${y + quiet}h${end - x}v1h-${end - x}z`;
      x = end;
    }
  });
  return runs;
}

/**
 * The code as an SVG element of no fixed size, white under its quiet zone.
 * @param {string} text
 * @param {Kind} kind
 */
export function svg(text, kind) {
  const modules = matrix(text, kind);
  const side = String(modules.length + 2 * rules.quiet_zone_modules);
  const drawn = element("svg", { viewBox: `0 0 ${side} ${side}`, "shape-rendering": "crispEdges", role: "img" });
  drawn.append(element("rect", { width: side, height: side, fill: "#fff" }), element("path", { d: path(modules), fill: "#000" }));
  return drawn;
}

/**
 * Draws the code on a canvas, a whole number of pixels a module, quiet zone included.
 * @param {HTMLCanvasElement} canvas
 * @param {string} text
 * @param {Kind} kind
 * @param {number} modulePx
 */
export function onCanvas(canvas, text, kind, modulePx) {
  const modules = matrix(text, kind);
  const quiet = rules.quiet_zone_modules;
  const side = (modules.length + 2 * quiet) * modulePx;
  [canvas.width, canvas.height] = [side, side];
  const context = canvas.getContext("2d");
  if (!context) return;
  context.fillStyle = "#fff";
  context.fillRect(0, 0, side, side);
  context.fillStyle = "#000";
  modules.forEach((row, y) => row.forEach((dark, x) => {
    if (dark) context.fillRect((x + quiet) * modulePx, (y + quiet) * modulePx, modulePx, modulePx);
  }));
}

/** @param {string} name @param {Record<string, string>} attributes */
function element(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  return made;
}

/** @param {string} text @returns {Segment[]} */
function segmentsOf(text) {
  const found = LINK.exec(text);
  if (found) return [{ mode: "byte", text: found[1] }, { mode: "numeric", text: found[2] }];
  return [{ mode: BASE45.test(text) ? "alphanumeric" : "byte", text }];
}

/** @param {readonly Segment[]} segments @param {Level} level */
function smallestVersion(segments, level) {
  for (let version = 1; version <= MAX_VERSION; version++) {
    const bits = segments.reduce((sum, segment) => sum + bitsOf(segment, version), 0);
    if (bits <= capacity(version, level)) return version;
  }
  return null;
}

/** What a segment takes in a code of `version`, mode indicator and count included. @param {Segment} segment @param {number} version */
function bitsOf({ mode: packed, text }, version) {
  const count = COUNT_BITS[packed][(version > 9 ? 1 : 0) + (version > 26 ? 1 : 0)];
  const payload =
    packed === "numeric" ? 10 * Math.floor(text.length / 3) + [0, 4, 7][text.length % 3]
    : packed === "alphanumeric" ? 11 * Math.floor(text.length / 2) + 6 * (text.length % 2)
    : 8 * new TextEncoder().encode(text).length;
  return 4 + count + payload;
}

/** The data bits of a code. @param {number} version @param {Level} level */
function capacity(version, level) {
  const { correcting, blocks } = TABLES[level];
  return 8 * (Math.floor(modulesForData(version) / 8) - correcting[version - 1] * blocks[version - 1]);
}

/** The modules left for data and correction when all patterns are drawn. @param {number} version */
function modulesForData(version) {
  let modules = (16 * version + 128) * version + 64;
  if (version >= 2) {
    const aligned = Math.floor(version / 7) + 2;
    modules -= (25 * aligned - 10) * aligned - 55;
    if (version >= 7) modules -= 36;
  }
  return modules;
}
