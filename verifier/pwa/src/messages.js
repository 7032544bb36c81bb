/** What to say of a code: the one table, `reasons.json`, as the command has it. */

import reasons from "../../../credential/reasons.json" with { type: "json" };

/** @typedef {import("./codelists.js").Text} Text */
/** @typedef {import("./errors.js").Code} Code */

/** @param {Code} code @returns {Text} */
export function message(code) {
  const { zh, en } = reasons[code];
  return { zh, en };
}
