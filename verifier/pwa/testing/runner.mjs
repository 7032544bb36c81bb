/**
 * Runs one case of `tests/vectors`, as `tests/vector_runner.py` does: a case names a world (a pin, and the bundle a
 * reader took in) and an operation, `verify`, `update`, `time` or `clock`.
 */

import { readFileSync, readdirSync } from "node:fs";
import { fromHex } from "../src/bytes.js";
import { CredentialError, VerificationError, verdictOf } from "../src/errors.js";
import { toJson } from "../src/facts.js";
import { acceptList, pinFromBytes } from "../src/trust.js";
import { bundleFromBytes } from "../src/trust_list.js";
import { verify } from "../src/verify.js";

const FOLDER = new URL("../../../tests/vectors/", import.meta.url);
const read = (name) => JSON.parse(readFileSync(new URL(name, FOLDER), "utf-8"));
const WORLDS = read("worlds.json");
/** Files that hold no cases: what the cases stand on, and what whoever keeps a code book must rebuild. */
const OTHERS = new Set(["worlds.json", "code-book.json"]);

/** Every case, in the order of the files. */
export function cases() {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith(".json") && !OTHERS.has(name));
  return files.sort().flatMap(read);
}

/** What the case came to, in the shape of its `expect`. */
export async function run(each) {
  try {
    return await { verify: verifyCase, update: updateCase, time: timeCase, clock: clockCase }[each.op](each);
  } catch (error) {
    if (!(error instanceof CredentialError)) throw error;
    const verdict = error instanceof VerificationError ? error.verdict : verdictOf(error.code);
    const result = { verdict, code: error.reason };
    if (error instanceof VerificationError && error.notices.length) result.notices = error.notices;
    return result;
  }
}

export async function verified(text, trust, now) {
  const done = await verify(text, { trust, now });
  const { kind, facts } = done.credential;
  return { verdict: "valid", kind, facts: toJson(kind, facts), as_of: done.asOf, notices: done.notices };
}

async function verifyCase({ text, world, now }) {
  return verified(text, await trustOf(world), now);
}

async function updateCase({ world, bundles, now, older = {}, text }) {
  const pin = await pinFromBytes(fromHex(WORLDS[world].pin));
  const oldLists = async (version) => (String(version) in older ? fromHex(older[version]) : null);
  let held = null;
  for (const data of bundles) {
    const parts = bundleFromBytes(fromHex(data));
    held = await acceptList(parts.trust, { pin, held, now, older: oldLists });
    held = await held.withSnapshot(parts.snapshot, parts.lists, now);
  }
  if (text !== undefined) return verified(text, held, now);
  return { trust_version: Number(held.content.version), snapshot_version: Number(held.heldSnapshot().version) };
}

async function timeCase({ world, message, now }) {
  const trust = await (await trustOf(world)).withSignedTime(fromHex(message), now);
  return { signed_time: trust.signedTime };
}

async function clockCase({ world, now }) {
  (await trustOf(world)).checkClock(now);
  return { clock: "fine" };
}

const known = new Map();

export function trustOf(name) {
  if (!known.has(name)) known.set(name, world(WORLDS[name]));
  return known.get(name);
}

/** A reader that was pinned and took in one bundle. */
export async function world({ pin, bundle, taken_in: now, trust_only: trustOnly }) {
  const parts = bundleFromBytes(fromHex(bundle));
  const first = { pin: await pinFromBytes(fromHex(pin)), held: null, now, older: async () => null };
  const trust = await acceptList(parts.trust, first);
  return trustOnly ? trust : trust.withSnapshot(parts.snapshot, parts.lists, now);
}
