// A picture as a PNG of one byte a pixel and at most 256 colours: a third of what a canvas writes itself, so that a
// certificate can be sent on (ISO/IEC 15948: 5.3 chunks, 11.2.2 IHDR, 11.2.3 PLTE, 9.2 filter type 0).

const COLOURS = 256;
const BITS = 5; // of each channel, by which colours are taken for one
const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit += 1) byte = byte & 1 ? 0xedb88320 ^ (byte >>> 1) : byte >>> 1;
  return byte;
});

/** @param {ImageData} picture without transparency @returns {Promise<Blob>} */
export async function indexedPng({ data, width, height }) {
  const { palette, indices } = reduced(data);
  const rows = new Uint8Array((width + 1) * height); // each begins with its filter, 0 for none
  for (let y = 0; y < height; y += 1) {
    const at = y * (width + 1) + 1;
    for (let x = 0; x < width; x += 1) rows[at + x] = indices[cell(data, 4 * (y * width + x))];
  }
  const packing = new Blob([rows]).stream().pipeThrough(new CompressionStream("deflate"));
  const packed = new Uint8Array(await new Response(packing).arrayBuffer());
  const header = new Uint8Array(13);
  const numbers = new DataView(header.buffer);
  numbers.setUint32(0, width);
  numbers.setUint32(4, height);
  header.set([8, 3, 0, 0, 0], 8); // eight bits, indexed; deflate, filters, not interlaced
  const chunks = [chunk("IHDR", header), chunk("PLTE", palette), chunk("IDAT", packed), chunk("IEND", new Uint8Array())];
  return new Blob([SIGNATURE, ...chunks], { type: "image/png" });
}

/** The colours that are there most, each the mean of what it stands for, and for every other the nearest of them. */
function reduced(data) {
  const cells = 1 << (3 * BITS);
  const counts = new Uint32Array(cells);
  const sums = new Float64Array(3 * cells);
  for (let at = 0; at < data.length; at += 4) {
    const found = cell(data, at);
    counts[found] += 1;
    for (let channel = 0; channel < 3; channel += 1) sums[3 * found + channel] += data[at + channel];
  }
  const used = [...counts.keys()].filter((each) => counts[each]).sort((a, b) => counts[b] - counts[a]);
  const mean = (each) => [0, 1, 2].map((channel) => sums[3 * each + channel] / counts[each]);
  const kept = used.slice(0, COLOURS).map(mean);
  const indices = new Uint8Array(cells);
  used.forEach((each, place) => (indices[each] = place < COLOURS ? place : nearest(kept, mean(each))));
  return { palette: Uint8Array.from(kept.flat(), Math.round), indices };
}

function cell(data, at) {
  const drop = 8 - BITS;
  return ((data[at] >> drop) << (2 * BITS)) | ((data[at + 1] >> drop) << BITS) | (data[at + 2] >> drop);
}

/** @param {number[][]} colours @param {number[]} wanted */
function nearest(colours, wanted) {
  let best = 0;
  let least = Infinity;
  colours.forEach(([r, g, b], place) => {
    const far = (r - wanted[0]) ** 2 + (g - wanted[1]) ** 2 + (b - wanted[2]) ** 2;
    if (far < least) [best, least] = [place, far];
  });
  return best;
}

function chunk(name, content) {
  const whole = new Uint8Array(12 + content.length);
  const numbers = new DataView(whole.buffer);
  numbers.setUint32(0, content.length);
  whole.set(new TextEncoder().encode(name), 4);
  whole.set(content, 8);
  let crc = 0xffffffff;
  for (const byte of whole.subarray(4, -4)) crc = CRC[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  numbers.setUint32(whole.length - 4, ~crc >>> 0);
  return whole;
}
