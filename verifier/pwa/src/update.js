/**
 * The one way in which a page comes to newer trust data: fetch the snapshot, and if it changed the bundle. What is
 * newer is accepted and stored, what is not is refused, and a refusal leaves what was held.
 */

import { compareBytes } from "./bytes.js";
import { deviceNow, measured } from "./clock.js";
import { CredentialError } from "./errors.js";
import * as fetch from "./fetch.js";
import { asStored, trustIn } from "./store.js";
import { acceptList, fingerprint } from "./trust.js";
import { bundleFromBytes } from "./trust_list.js";

/** @typedef {import("./config.js").Config} Config */
/** @typedef {import("./store.js").Keeper} Keeper */
/** @typedef {import("./trust.js").Older} Older */
/** @typedef {import("./trust.js").Trust} Trust */

const ATTEMPTS = 3;

/**
 * What is held after looking for something newer at `config.base`.
 * @param {Config} config
 * @param {Keeper} keeper
 * @param {number} now
 */
export async function update(config, keeper, now) {
  const served = await fetch.snapshot(config.base);
  const held = await trustIn(await keeper.read());
  const unchanged = held?.snapshotMessage && now < held.content.exp && compareBytes(held.snapshotMessage, served) === 0;
  if (held && unchanged) return held;
  const older = (/** @type {bigint} */ version) => fetch.trustList(config.base, version);
  return takeIn(await fetch.bundle(config.base), { config, keeper, now, older });
}

/**
 * What is held after a bundle, from the network or from a file. A trust list that was accepted is kept even when the
 * snapshot beside it is refused: it may be the one that ends a stolen snapshot key.
 * @param {Uint8Array} data
 * @param {{config: Config, keeper: Keeper, now: number, older: Older}} context
 * @returns {Promise<Trust>}
 */
export async function takeIn(data, { config, keeper, now, older }) {
  const parts = bundleFromBytes(data);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    let stored = await keeper.read();
    const pinned = await fingerprint(config.pin);
    if (stored.pinned !== null && stored.pinned !== pinned) throw new CredentialError("TRUST_PINNED");
    const held = await trustIn(stored);
    let trust = await acceptList(parts.trust, { pin: config.pin, held, now, older });
    if (trust !== held) {
      if (!(await keeper.write(stored, { ...asStored(trust), pinned }))) continue;
      stored = { ...stored, ...asStored(trust), pinned, generation: stored.generation + 1 };
    }
    trust = await trust.withSnapshot(parts.snapshot, parts.lists, now);
    if (await keeper.write(stored, { ...asStored(trust), pinned })) return trust;
  }
  throw new CredentialError("TIMEOUT", "store");
}

/**
 * 校时: hears the signed time and keeps the offset it shows. Returns what is then held, or null where no time could be
 * had or nothing is held yet.
 * @param {Config} config
 * @param {Keeper} keeper
 */
export async function setClock(config, keeper) {
  if (config.time === null) return null;
  const asked = deviceNow();
  const message = await fetch.signedTime(config.time);
  const answered = deviceNow();
  const stored = await keeper.read();
  const held = await trustIn(stored);
  if (!held) return null;
  const trust = await held.withSignedTime(message, answered);
  const clock = measured(trust.signedTime, { asked, answered });
  if (!clock || !(await keeper.write(stored, { time: trust.signedTime, clock }))) return null;
  return { trust, clock };
}
