/** County names by GB/T 2260 code. The build replaces this module by one that holds the same names packed. */

import counties from "../../../credential/codelists/counties.json" with { type: "json" };

/** @returns {Record<string, string>} */
export function countyNames() {
  return counties.names;
}
