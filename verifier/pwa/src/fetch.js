/**
 * Snapshot, bundle, older trust lists and the signed time, over HTTP. With the service worker the one place that
 * opens a connection, and nothing of what was scanned is ever part of an address.
 *
 * What is fetched is believed for its signatures only. A download ends at its size limit and at a deadline, whatever
 * the server does.
 */

import { CredentialError } from "./errors.js";
import { MAX_BUNDLE_BYTES, MAX_SIGNED_TIME_BYTES, MAX_SNAPSHOT_BYTES, MAX_TRUST_LIST_BYTES } from "./trust_list.js";

const DEADLINE_MS = 60_000;
const SHORT_DEADLINE_MS = 10_000;

/** @param {URL} base */
export function snapshot(base) {
  return download(new URL("snapshot", base), MAX_SNAPSHOT_BYTES, SHORT_DEADLINE_MS);
}

/** @param {URL} base */
export function bundle(base) {
  return download(new URL("bundle", base), MAX_BUNDLE_BYTES, DEADLINE_MS);
}

/** The trust list of an older version; null where it is not served. @param {URL} base @param {bigint} version */
export async function trustList(base, version) {
  try {
    return await download(new URL(`trust-lists/${version}`, base), MAX_TRUST_LIST_BYTES, DEADLINE_MS);
  } catch (error) {
    if (error instanceof CredentialError && error.code === "UNREACHABLE") return null;
    throw error;
  }
}

/** The signed time. @param {URL} place */
export function signedTime(place) {
  return download(place, MAX_SIGNED_TIME_BYTES, SHORT_DEADLINE_MS);
}

/**
 * The bytes at `url`: `SIZE_LIMIT`, `TIMEOUT`, `UNREACHABLE`.
 * @param {URL} url
 * @param {number} limit
 * @param {number} deadlineMs
 * @returns {Promise<Uint8Array>}
 */
async function download(url, limit, deadlineMs) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), deadlineMs);
  try {
    const answer = await fetch(url, { cache: "no-cache", credentials: "omit", referrerPolicy: "no-referrer", signal: stop.signal });
    if (!answer.ok || !answer.body) throw new CredentialError("UNREACHABLE", url.href, String(answer.status));
    const chunks = [];
    let size = 0;
    const reader = answer.body.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      size += part.value.length;
      if (size > limit) {
        stop.abort();
        throw new CredentialError("SIZE_LIMIT", url.href);
      }
      chunks.push(part.value);
    }
    return joined(chunks, size);
  } catch (error) {
    if (error instanceof CredentialError) throw error;
    throw new CredentialError(stop.signal.aborted ? "TIMEOUT" : "UNREACHABLE", url.href, String(error));
  } finally {
    clearTimeout(timer);
  }
}

/** @param {Uint8Array[]} chunks @param {number} size */
function joined(chunks, size) {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
