/**
 * What the codes of physician registration are called, in Chinese and English, from the files of
 * `credential/codelists`. A code without a name is shown as its number.
 */

import codes from "../../../credential/codelists/codes.json" with { type: "json" };
import { countyNames } from "./counties.js";

/** @typedef {{zh: string, en: string}} Text */

/** Divisions that only group the counties below them and are no part of an address. */
const GROUPINGS = ["市辖区", "县", "林区", "省直辖县级行政单位", "自治区直辖县级行政单位"];

/**
 * @param {"level" | "gender" | "category" | "title" | "province"} list
 * @param {number | string} code
 * @returns {Text}
 */
export function nameOf(list, code) {
  /** @type {Record<string, string[]>} */
  const rows = codes[list];
  const row = rows[String(code)];
  return row ? { zh: row[0], en: row[1] } : { zh: String(code), en: String(code) };
}

/**
 * A province by two digits, or province, city and county joined by six. County names exist in Chinese only; the
 * English text names the province in English before them.
 * @param {number} code
 * @returns {Text}
 */
export function placeName(code) {
  const digits = String(code);
  const province = nameOf("province", digits.slice(0, 2));
  if (digits.length === 2) return province;
  const counties = countyNames();
  const county = counties[digits] ?? digits;
  const city = digits.endsWith("00") ? "" : (counties[`${digits.slice(0, 4)}00`] ?? "");
  const local = GROUPINGS.includes(city) ? county : city + county;
  return { zh: province.zh + local, en: `${province.en}, ${local}` };
}
