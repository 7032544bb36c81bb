/** Bytes as hex, texts and comparisons. */

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @param {Uint8Array} bytes @returns {string} */
export function toHex(bytes) {
  let hex = "";
  for (const byte of bytes) hex += byte.toString(16).padStart(2, "0");
  return hex;
}

/** @param {string} hex an even number of digits @returns {Uint8Array<ArrayBuffer>} */
export function fromHex(hex) {
  if (!/^([0-9a-fA-F]{2})*$/.test(hex)) throw new RangeError("not hex");
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/**
 * The text in UTF-8 bytes, a byte order mark kept; a `TypeError` where they are not UTF-8.
 * @param {Uint8Array} bytes
 */
export function fromUtf8(bytes) {
  return UTF8.decode(bytes);
}

/** Orders as the bytes are ordered: negative, 0 or positive. @param {Uint8Array} a @param {Uint8Array} b */
export function compareBytes(a, b) {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}

/** @param {Uint8Array | null} a @param {Uint8Array | null} b */
export function sameBytes(a, b) {
  return a !== null && b !== null && compareBytes(a, b) === 0;
}
