/**
 * Answers over JSON lines: a world, then texts; or a case of the vectors. What `tests/verifier/pwa/test_parity.py`
 * asks of the second implementation.
 *
 *     {"world": {"pin": hex, "bundle": hex, "taken_in": seconds}}   → {"ready": true}
 *     {"text": "…", "now": seconds}                                 → {"verdict": "…", "code": "…" | null}
 *     {"case": {…}}                                                 → what the case came to
 *     {"picture": hex}                                              → {"pixels": n | null}
 *     {"draw": "…", "kind": "licence"}                              → {"version", "level", "rows"} or {"code"}
 */

import { createInterface } from "node:readline";
import { fromHex } from "../src/bytes.js";
import { CredentialError, VerificationError } from "../src/errors.js";
import { pixelsSaid } from "../src/picture.js";
import { matrix, plan } from "../src/qr.js";
import { verify } from "../src/verify.js";
import { run, world } from "./runner.mjs";

let trust = null;

async function answer(asked) {
  if (asked.world) {
    trust = await world(asked.world);
    return { ready: true };
  }
  if (asked.case) return run(asked.case);
  if (asked.picture) return { pixels: pixelsSaid(fromHex(asked.picture)) };
  if (asked.draw) return drawn(asked.draw, asked.kind);
  try {
    await verify(asked.text, { trust, now: asked.now });
    return { verdict: "valid", code: null };
  } catch (error) {
    // Anything but an answer ends the process, and the test with it.
    if (!(error instanceof VerificationError) || !(error instanceof CredentialError)) throw error;
    return { verdict: error.verdict, code: error.reason };
  }
}

function drawn(text, kind) {
  try {
    const { version, level } = plan(text, kind);
    return { version, level, rows: matrix(text, kind).map((row) => row.map(Number).join("")) };
  } catch (error) {
    if (!(error instanceof CredentialError)) throw error;
    return { code: error.reason };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}
