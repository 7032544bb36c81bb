/**
 * One zlib stream (RFC 1950), inflated no further than a limit. pako is zlib in JavaScript: unlike a browser's own
 * `DecompressionStream` it says what lies behind the stream, and it is the same everywhere.
 */

import { ZStream, Z_NO_FLUSH, Z_BUF_ERROR, Z_OK, Z_STREAM_END, zlibInflate, zlibInflateInit } from "pako";
import { CredentialError } from "./errors.js";

/** @typedef {import("./errors.js").Code} Code */

/**
 * The content of the one stream in `packed`: `SIZE_LIMIT` beyond `limit` bytes, `fault` when it is broken, cut
 * off, or something follows it.
 * @param {Uint8Array} packed
 * @param {{limit: number, fault: Code, subject?: string}} rules
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function inflate(packed, { limit, fault, subject = "" }) {
  const stream = new ZStream();
  zlibInflateInit(stream);
  stream.input = packed;
  stream.avail_in = packed.length;
  stream.output = new Uint8Array(limit + 1);
  stream.avail_out = limit + 1;
  const ended = packed.length ? zlibInflate(stream, Z_NO_FLUSH) : Z_OK;
  if (ended !== Z_OK && ended !== Z_BUF_ERROR && ended !== Z_STREAM_END) throw new CredentialError(fault, "", stream.msg);
  if (stream.next_out > limit) throw new CredentialError("SIZE_LIMIT", subject);
  if (ended !== Z_STREAM_END || stream.avail_in > 0) throw new CredentialError(fault);
  return stream.output.slice(0, stream.next_out);
}
