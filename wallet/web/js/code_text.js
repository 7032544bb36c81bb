// A COSE message as the texts of a QR code: the twin of credential/envelope.py, where the forms are described.

const BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/** Both texts of a message. @param {Uint8Array} message @param {string} host */
export async function textsOf(message, host) {
  const packed = await zlib(message);
  return { link: `https://${host}/v#${digits(packed)}`, bare: base45(packed), kind: "identity-code" };
}

async function zlib(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function digits(packed) {
  const hex = Array.from(packed, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return BigInt(`0x01${hex}`).toString();
}

/** RFC 9285: two bytes are three characters, a last one alone is two. */
function base45(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 2) {
    const pair = at + 1 < bytes.length;
    let value = pair ? bytes[at] * 256 + bytes[at + 1] : bytes[at];
    for (let count = pair ? 3 : 2; count > 0; count -= 1) {
      text += BASE45[value % 45];
      value = Math.floor(value / 45);
    }
  }
  return text;
}
