/**
 * The verdict as it slides over the page. It always carries a running clock and the time of the check, so that a picture
 * of a green page is told from the page.
 */

import { nameOf, placeName } from "./codelists.js";
import { chinaDay, clockText, dayText, momentText } from "./dates.js";
import { button, currentLanguage, h, icon, t, w } from "./dom.js";
import { matching, places } from "./institution.js";
import { message } from "./messages.js";
import { KIND_NAMES, checked, titles } from "./result.js";
import { inGroups, visible } from "./shown_text.js";

/** @typedef {import("./claims.js").Facts} Facts */
/** @typedef {import("./institution.js").Place} Place */
/** @typedef {import("./result.js").Shown} Shown */
/** @typedef {import("./verify.js").Verified} Verified */
/**
 * @typedef {object} Actions
 * @property {() => void} again
 * @property {() => void} setClock
 * @property {(text: string) => void} choose
 * @property {(path: string) => void} open
 */

const MIME = /** @type {Record<string, string>} */ ({ png: "image/png", jpeg: "image/jpeg", avif: "image/avif", webp: "image/webp", jpeg2000: "image/jp2" });
const TONE_ICONS = { good: "check", caution: "check-clock", bad: "cross", unknown: "question" };

/**
 * @param {Shown} shown
 * @param {{verified: Verified | null, choices: string[], at: number, actions: Actions}} context `at`: when it was
 *     checked, seconds UTC; `choices`: the texts to choose from where a picture held several codes of ours
 */
export function verdictView(shown, { verified, choices, at, actions }) {
  const sheet = h("div", `sheet tone-${shown.tone}`, band(shown, at), h("div", "content"));
  const content = /** @type {HTMLElement} */ (sheet.lastChild);
  for (const code of ["COMPARE_PHOTO", "CODE_REPLAYED"]) if (shown.notices.some((each) => each === code)) content.append(notice(code));
  if (verified) content.append(person(verified), ...aboutCredential(verified, at));
  content.append(...explanation(shown));
  for (const code of shown.notices) {
    if (!["COMPARE_PHOTO", "CODE_REPLAYED", "TEST_ENVIRONMENT"].includes(code)) content.append(note(t(message(code))));
  }
  if (verified) content.append(whatWasChecked(verified));
  content.append(actionsOf(shown, choices, actions));
  return sheet;
}

/** @param {Shown} shown @param {number} at */
function band(shown, at) {
  const headline = h("h2", "headline", t(shown.headline));
  headline.tabIndex = -1;
  const running = h("time", "running", clockText(at));
  const times = h("p", "times", h("span", "pulse"), running, h("span", "", `${w("checkedAt")} ${clockText(at)}`));
  const words = h("div", "words", h("p", "word", t(shown.word)), headline, times);
  return h("header", "band", h("span", "moving"), h("span", "badge", icon(TONE_ICONS[shown.tone])), words);
}

/** What must not be overlooked. @param {string} code */
function notice(code) {
  const compare = code === "COMPARE_PHOTO";
  const why = w(compare ? "comparePhotoWhy" : "replayedWhy");
  const said = compare ? w("comparePhoto") : t(message("CODE_REPLAYED"));
  return h("div", compare ? "notice compare" : "notice warn", icon(compare ? "people" : "repeat"), h("p", "", h("strong", "", said), h("span", "", why)));
}

/** @param {string} text */
function note(text) {
  return h("p", "note", icon("info"), h("span", "", text));
}

/** @param {Verified} verified */
function person({ credential }) {
  const { facts } = credential;
  const name = visible(facts.name);
  const image = h("img", "photo");
  image.alt = `${w("photoOf")} ${name}`;
  image.src = URL.createObjectURL(new Blob([/** @type {BlobPart} */ (facts.face.image)], { type: MIME[facts.face.format] }));
  image.addEventListener("load", () => URL.revokeObjectURL(image.src));
  image.addEventListener("error", () => image.replaceWith(h("p", "photo missing", w("noPhoto"))));
  const lines = [
    h("p", "name", h("bdi", "", name)),
    h("p", "number", h("span", "label", w("number")), h("bdi", "digits", inGroups(facts.licence_number))),
  ];
  const said = titles(facts).map(t).join(" · ");
  if (said) lines.push(h("p", "titles", said));
  if (facts.institution) lines.push(h("p", "institution", visible(facts.institution)));
  return h("div", "person", image, h("div", "who", ...lines));
}

/** @param {Verified} verified @param {number} at */
function aboutCredential({ credential, issuer, asOf }, at) {
  const { facts, kind } = credential;
  /** @type {[string, string | null][]} */
  const rows = [
    [w("kind"), t(KIND_NAMES[kind])],
    [w("issuer"), visible(issuer.name[currentLanguage()])],
    [w("until"), kind === "identity-code" ? clockText(credential.exp) : t(momentText(credential.exp))],
    [w("lists"), asOf === null ? null : `${w("asOf")} ${t(momentText(asOf))}`],
    [w("place"), facts.place === undefined ? null : t(placeName(facts.place))],
    [w("scopes"), facts.scopes ? facts.scopes.map(visible).join(currentLanguage() === "zh" ? "、" : ", ") : null],
    [w("gender"), facts.gender ? t(nameOf("gender", facts.gender === "male" ? 1 : 2)) : null],
    [w("approvedOn"), facts.approved_on ? t(dayText(facts.approved_on)) : null],
  ];
  const list = h("dl", "facts");
  for (const [label, value] of rows) if (value !== null) list.append(h("div", "", h("dt", "", label), h("dd", "", value)));
  return kind === "licence" ? [institutionsToday(facts, chinaDay(at)), list] : [list];
}

/** 在本机构，今日. @param {Facts} facts @param {string} today */
function institutionsToday(facts, today) {
  const listed = places(facts, today);
  const field = h("input", "find");
  field.type = "search";
  field.placeholder = w("hereHow");
  field.setAttribute("aria-label", w("hereHow"));
  field.autocomplete = "off";
  const found = h("ul", "places");
  const none = h("div", "none");
  none.setAttribute("role", "status");
  const show = () => {
    const match = matching(listed, field.value);
    found.replaceChildren(...match.map(placeItem));
    none.replaceChildren(...(match.length ? [] : [h("p", "not-seen", w("notSeen")), h("p", "why", w("notSeenWhy"))]));
  };
  field.addEventListener("input", show);
  show();
  return h("section", "here", h("h3", "", w("here")), field, found, none);
}

/** @param {Place} place */
function placeItem({ basis, institution, scopes, begins, ends, standing }) {
  const state =
    standing === "not-yet" ? w("filedNotYet")
    : standing === "over" ? w("filedOver")
    : basis === "registered" ? w("registeredToday")
    : w("filedToday");
  const days = begins && ends ? `${w("from")} ${t(dayText(begins))} ${w("to")} ${t(dayText(ends))}` : null;
  return h(
    "li",
    `place ${standing}`,
    h("span", "state", icon(standing === "today" ? "check" : "clock"), state),
    h("strong", "", visible(institution)),
    h("span", "detail", w(basis === "registered" ? "mainPlace" : "filedPlace"), days ? ` · ${days}` : null),
    scopes.length ? h("span", "detail", scopes.map(visible).join(currentLanguage() === "zh" ? "、" : ", ")) : null,
  );
}

/** @param {Shown} shown */
function explanation({ reasons, next, reason, code }) {
  const parts = reasons.map((each) => h("p", "reason", visible(t(each))));
  if (next) parts.push(h("p", "next", icon("arrow"), h("span", "", visible(t(next)))));
  if (code) parts.push(h("p", "reason-code", `${w("refusedBecause")} ${visible(reason)}`));
  return parts;
}

/** @param {Verified} verified */
function whatWasChecked(verified) {
  const list = h("ul", "", ...checked(verified).map((line) => h("li", "", icon("check"), h("span", "", visible(t(line))))));
  return h("details", "checked", h("summary", "", w("whatWasChecked")), list);
}

/** @param {Shown} shown @param {string[]} choices @param {Actions} actions */
function actionsOf({ skew, signIn }, choices, actions) {
  const parts = [];
  if (signIn) parts.push(button(w("openSignIn"), "primary", () => actions.open(signIn), "check"));
  if (skew) {
    const said = h("p", "skew", w(skew.fast ? "skewFast" : "skewSlow", { n: skew.seconds }));
    said.id = "skew";
    parts.push(h("div", "clock", said, button(w("setClock"), "second", actions.setClock, "clock")));
  }
  choices.forEach((text, i) => parts.push(button(w("chooseCode", { n: i + 1 }), "second", () => actions.choose(text))));
  parts.push(button(w("again"), "primary again", actions.again, "scan"));
  return h("div", "actions", ...parts);
}
