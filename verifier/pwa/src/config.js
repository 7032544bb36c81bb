/**
 * What the deployer says beside the page, in `config.json`:
 *
 *     pin          hex of the file that `yizheng-verify trust pin` keeps: first trust
 *     environment  "production" or "test", and the pin must say the same
 *     base         where trust list, snapshot and bundle are served; another origin is allowed
 *     time         where the signed time is served; absent: base + "time"; null: nowhere
 */

import { fromHex } from "./bytes.js";
import { CredentialError } from "./errors.js";
import { pinFromBytes } from "./trust.js";

/** @typedef {{pin: import("./trust.js").Pin, base: URL, time: URL | null}} Config */

/**
 * @param {unknown} source the decoded JSON
 * @param {URL} place where it was read from: addresses are relative to it
 * @returns {Promise<Config>}
 */
export async function readConfig(source, place) {
  const said = /** @type {Record<string, unknown>} */ (source ?? {});
  if (typeof said.pin !== "string" || typeof said.base !== "string") throw new CredentialError("TRUST_MISSING", "config.json");
  let pinned;
  try {
    pinned = fromHex(said.pin);
  } catch {
    throw new CredentialError("TRUST_MALFORMED", "pin");
  }
  const pin = await pinFromBytes(pinned);
  if (said.environment !== pin.environment) throw new CredentialError("TRUST_ENVIRONMENT", "config.json");
  const base = new URL(said.base.endsWith("/") ? said.base : `${said.base}/`, place);
  const time = said.time === null ? null : new URL(typeof said.time === "string" ? said.time : "time", base);
  return { pin, base, time };
}
