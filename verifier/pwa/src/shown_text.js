/**
 * A signed or scanned text as it may be put on a page: what hides or moves other characters is shown as its number, so
 * that no name shows as another one.
 */

const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;

/** @param {string} text */
export function visible(text) {
  return text.normalize("NFC").replace(HIDDEN, (character) => {
    const number = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    return `⟦U+${number}⟧`;
  });
}

/** A certificate number in groups, for the eye. @param {string} digits */
export function inGroups(digits) {
  return digits.replace(/(.{4})(?=.)/g, "$1 ");
}
