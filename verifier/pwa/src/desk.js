/**
 * 扫码枪: the text that a hand-held scanner types into a field, whatever input method is on.
 *
 * Such a scanner is a keyboard: it presses the keys of the text on a US layout, fast, and Enter at the end. A Chinese
 * input method would turn them into syllables and full-width signs, so the keys are read beside the field, by their
 * place on the keyboard. Where no input method took part, the field's own value counts.
 */

const SLOWEST_KEY_MS = 60;
const SHORTEST = 12;
/** @type {Record<string, string>} key places that are no letters or digits: plain and shifted */
const SIGNS = {
  Space: "  ", Minus: "-_", Equal: "=+", BracketLeft: "[{", BracketRight: "]}", Backslash: "\\|", Semicolon: ";:",
  Quote: "'\"", Backquote: "`~", Comma: ",<", Period: ".>", Slash: "/?",
  NumpadDecimal: "..", NumpadDivide: "//", NumpadMultiply: "**", NumpadSubtract: "--", NumpadAdd: "++",
};
const SHIFTED_DIGITS = ")!@#$%^&*(";

/** A key as the browser tells it. @typedef {{code: string, key: string, shiftKey: boolean, isComposing: boolean, timeStamp: number, capsLock: boolean}} Key */

/** The character of a key place on a US keyboard, empty for none. @param {Pick<Key, "code" | "shiftKey" | "capsLock">} key */
export function characterOf({ code, shiftKey, capsLock }) {
  const letter = /^Key([A-Z])$/.exec(code);
  if (letter) return shiftKey !== capsLock ? letter[1] : letter[1].toLowerCase();
  const digit = /^(?:Digit|Numpad)([0-9])$/.exec(code);
  if (digit) return shiftKey && code.startsWith("Digit") ? SHIFTED_DIGITS[Number(digit[1])] : digit[1];
  return SIGNS[code]?.[shiftKey ? 1 : 0] ?? "";
}

export class WedgeReader {
  #typed = "";
  #started = 0;
  #last = 0;
  #inputMethod = false;

  /**
   * Takes a key; the text when it ends one, else null. An Enter that a person gives to an input method ends nothing: a
   * scanner is told by its speed.
   * @param {Key} key
   * @param {string} value what the field holds
   * @returns {string | null}
   */
  take(key, value) {
    const throughInputMethod = key.isComposing || key.key === "Process" || key.key === "Unidentified";
    if (key.code === "Enter" || key.code === "NumpadEnter") {
      const isScanner = this.#typed.length >= SHORTEST && this.#last - this.#started <= SLOWEST_KEY_MS * this.#typed.length;
      const typed = this.#typed;
      const replaced = this.#inputMethod || throughInputMethod;
      this.reset(); // what a person gave to the input method is no beginning of what is scanned next
      if (throughInputMethod && !isScanner) return null;
      const text = replaced && isScanner ? typed : value;
      return text || null;
    }
    const character = characterOf(key);
    if (!character) return null;
    if (key.timeStamp - this.#last > 10 * SLOWEST_KEY_MS) this.reset();
    if (!this.#typed) this.#started = key.timeStamp;
    this.#typed += character;
    this.#last = key.timeStamp;
    this.#inputMethod ||= throughInputMethod;
    return null;
  }

  reset() {
    this.#typed = "";
    this.#inputMethod = false;
  }
}
