/** A browser that lacks an algorithm, or WebCrypto as a whole, answers undetermined: never valid, never a forgery. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { PublicKey } from "../src/keys.js";
import { verify } from "../src/verify.js";
import { cases, trustOf } from "../testing/runner.mjs";

const CASES = cases().filter((each) => each.op === "verify" && each.world === "fresh" && each.expect.verdict === "valid");

test("without Ed25519 its codes cannot be told, and all others can", async (context) => {
  const known = crypto.subtle.importKey.bind(crypto.subtle);
  context.mock.method(crypto.subtle, "importKey", (format, raw, how, ...more) => {
    if (how.name === "Ed25519") return Promise.reject(new DOMException("Ed25519", "NotSupportedError"));
    return known(format, raw, how, ...more);
  });
  const trust = await trustOf("fresh");
  const reached = { valid: 0, BROWSER_UNSUPPORTED: 0 };
  for (const { text, now, name } of CASES) {
    try {
      await verify(text, { trust, now });
      reached.valid += 1;
    } catch (error) {
      assert.equal(error.reason, "BROWSER_UNSUPPORTED", name);
      assert.equal(error.verdict, "undetermined");
      reached.BROWSER_UNSUPPORTED += 1;
    }
  }
  assert.ok(reached.valid > 50 && reached.BROWSER_UNSUPPORTED >= 1, JSON.stringify(reached));
});

test("a key that is no point has signed nothing", async () => {
  const key = new PublicKey(-7, new Uint8Array(65), new Uint8Array(), new Uint8Array(8));
  assert.equal(await key.holds(new Uint8Array(64), new Uint8Array(1)), false);
});
