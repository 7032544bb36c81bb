/** What this device holds and how old it is: the chip in the corner, and the panel behind it. */

import { TELL_FROM_S } from "./clock.js";
import { momentText, shortMomentText, spanText } from "./dates.js";
import { h, t, w } from "./dom.js";
import { CLOCK_TOLERANCE_S } from "./trust.js";

/** @typedef {import("./session.js").Session} Session */

/**
 * The age in a few words, and the tone they have.
 * @param {Session} session
 * @returns {{tone: import("./result.js").Tone, text: string}}
 */
export function age(session) {
  const now = session.now();
  const trust = session.trust;
  const snapshot = trust?.heldSnapshot();
  if (!trust || !snapshot) return { tone: "unknown", text: w("trustNone") };
  if (now >= Math.min(trust.content.exp, snapshot.exp)) return { tone: "unknown", text: w("trustOver") };
  if (now >= snapshot.iat + snapshot.ttl) return { tone: "caution", text: w("trustAgo", { t: t(spanText(now - snapshot.iat)) }) };
  return { tone: "good", text: w("trustFresh", { t: t(shortMomentText(snapshot.iat, now)) }) };
}

/** @param {Session} session */
export function trustRows(session) {
  const list = h("dl", "facts");
  const add = (/** @type {string} */ label, /** @type {string} */ value) => list.append(h("div", "", h("dt", "", label), h("dd", "", value)));
  const trust = session.trust;
  if (trust) {
    const snapshot = trust.heldSnapshot();
    add(w("environment"), w(trust.content.environment));
    add(w("trustList"), `${w("version", { n: String(trust.content.version) })} · ${w("until")} ${t(momentText(trust.content.exp))}`);
    if (snapshot) {
      add(w("statusLists"), `${w("statusListsCount", { n: snapshot.lists.length })} · ${w("asOf")} ${t(momentText(snapshot.iat))}`);
      add(w("softEnd"), t(momentText(snapshot.iat + snapshot.ttl)));
      add(w("hardEnd"), t(momentText(snapshot.exp)));
    }
    add(w("hosts"), trust.content.hosts.join("、"));
  } else {
    add(w("trust"), w("trustNone"));
  }
  if (!session.keeper.keeps) add(w("ownStore"), w("ownStoreNone"));
  add(w("ownClock"), clockWords(session));
  return list;
}

/** @param {Session} session */
function clockWords(session) {
  const { clock, trust } = session;
  if (trust && session.now() < trust.signedTime - CLOCK_TOLERANCE_S) return w("clockBack");
  if (!clock) return w("clockUnknown");
  const off = Math.abs(clock.offsetS);
  if (off < TELL_FROM_S) return `${w("clockRight")}（${t(momentText(clock.measuredAt + clock.offsetS))}）`;
  return w("clockOff", { w: w(clock.offsetS < 0 ? "fast" : "slow"), n: off });
}
