/** Facts as JSON, under the names of `credential/facts.py`; the portrait is no part of it. */

import { CARRIED } from "./claims.js";

/**
 * @param {import("./claims.js").KindSlug} kind
 * @param {import("./claims.js").Facts} facts
 * @returns {Record<string, unknown>}
 */
export function toJson(kind, facts) {
  /** @type {Record<string, unknown>} */
  const values = {};
  for (const { name } of CARRIED[kind]) {
    if (name === "face" || facts[name] === undefined) continue;
    values[name] =
      name === "filings"
        ? facts.filings?.map(({ institution, scopes, begins, ends }) => ({ institution, scopes, from: begins, to: ends }))
        : facts[name];
  }
  return values;
}
