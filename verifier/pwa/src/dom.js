/** Elements, icons and the language of the page. Text goes in as text: no markup is ever read from anywhere. */

import { WORDS } from "./words.js";

/** @typedef {import("./codelists.js").Text} Text */
/** @typedef {import("./words.js").Word} Word */
/** @typedef {"zh" | "en"} Language */
/** @typedef {Node | string | null | undefined | false} Child */

const REMEMBERED = "yizheng-language";
const SVG = "http://www.w3.org/2000/svg";

/** @type {Language} */
let language = remembered();

function remembered() {
  try {
    return localStorage.getItem(REMEMBERED) === "en" ? "en" : "zh";
  } catch {
    return "zh"; // a browser that keeps nothing
  }
}

export function currentLanguage() {
  return language;
}

/** @param {Language} wanted */
export function setLanguage(wanted) {
  language = wanted;
  document.documentElement.lang = wanted === "zh" ? "zh-CN" : "en";
  document.title = w("documentTitle");
  try {
    localStorage.setItem(REMEMBERED, wanted);
  } catch {
    // it is kept until the page is closed
  }
}

/** @param {Text} text */
export function t(text) {
  return text[language];
}

/** A word of the page, its places `{n}` filled. @param {Word} word @param {Record<string, string | number>} [places] */
export function w(word, places = {}) {
  return WORDS[word][language].replace(/\{(\w)\}/g, (_, place) => String(places[place] ?? ""));
}

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} [classes]
 * @param {Child[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, classes = "", ...children) {
  const element = document.createElement(tag);
  if (classes) element.className = classes;
  for (const child of children) if (child) element.append(child);
  return element;
}

/** @param {string} name of a symbol in index.html */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** @param {string} label @param {string} classes @param {() => void} pressed @param {string} [symbol] */
export function button(label, classes, pressed, symbol) {
  const element = h("button", classes, symbol ? icon(symbol) : null, h("span", "", label));
  element.type = "button";
  element.addEventListener("click", pressed);
  return element;
}

/**
 * The element `id` of index.html.
 * @template {HTMLElement} Kind
 * @param {string} id
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
export function byId(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`no ${id} on this page`);
  return found;
}

/** Words of index.html, in the present language. */
export function fillWords() {
  for (const element of document.querySelectorAll("[data-w]")) {
    element.textContent = w(/** @type {Word} */ (element.getAttribute("data-w")));
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", w(/** @type {Word} */ (element.getAttribute("data-label"))));
  }
}
