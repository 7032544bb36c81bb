/** Every vector of `tests/vectors` ends here as it ends in Python. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { cases, run } from "../testing/runner.mjs";

const CASES = cases();

for (const each of CASES) {
  test(each.name, async () => {
    assert.deepEqual(JSON.parse(JSON.stringify(await run(each))), each.expect);
  });
}

test("there are enough of both sorts", () => {
  const refused = CASES.filter((each) => "code" in each.expect).length;
  assert.ok(refused >= 75 && CASES.length - refused >= 75);
});
