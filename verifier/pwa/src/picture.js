/**
 * How many pixels a picture says it has, read from its header: a file of some kilobytes may stand for gigabytes, and a
 * phone has to know before it decodes one.
 */

/** As far as a header is looked for: a photo's JPEG begins with its thumbnail and notes. */
export const HEAD_BYTES = 512 * 1024;

/**
 * Width times height, null where the header is of another type (the browser may know it) or cut.
 * PNG (RFC 2083), JPEG (ITU-T T.81), GIF (89a), WebP (RFC 9649), BMP.
 * @param {Uint8Array} head the beginning of the file
 * @returns {number | null}
 */
export function pixelsSaid(head) {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const begins = String.fromCharCode(...head.subarray(0, 16));
  try {
    if (begins.startsWith("\x89PNG\r\n\x1a\n")) return view.getUint32(16) * view.getUint32(20);
    if (begins.startsWith("\xff\xd8")) return jpeg(view);
    if (begins.startsWith("GIF8")) return view.getUint16(6, true) * view.getUint16(8, true);
    if (begins.startsWith("BM")) return Math.abs(view.getInt32(18, true) * view.getInt32(22, true));
    if (begins.startsWith("RIFF") && begins.endsWith("WEBPVP8X")) return (1 + uint24(view, 24)) * (1 + uint24(view, 27));
    // Without that chunk a WebP has 14 bits of width and of height at most.
    if (begins.startsWith("RIFF") && begins.endsWith("WEBPVP8 ")) return (view.getUint16(26, true) & 0x3fff) * (view.getUint16(28, true) & 0x3fff);
    if (begins.startsWith("RIFF") && begins.endsWith("WEBPVP8L")) {
      const bits = view.getUint32(21, true);
      return (1 + (bits & 0x3fff)) * (1 + ((bits >> 14) & 0x3fff));
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // the header is cut: the decoder says what of it
  }
  return null;
}

/** The frame header: the first of the markers C0 to CF but for DHT, JPG and DAC. @param {DataView} view */
function jpeg(view) {
  for (let at = 2; ; at += 2 + view.getUint16(at + 2)) {
    while (view.getUint8(at + 1) === 0xff) at++; // fill bytes
    const marker = view.getUint8(at + 1);
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) return view.getUint16(at + 5) * view.getUint16(at + 7);
  }
}

/** @param {DataView} view @param {number} at */
function uint24(view, at) {
  return view.getUint16(at, true) + view.getUint8(at + 2) * 0x10000;
}
