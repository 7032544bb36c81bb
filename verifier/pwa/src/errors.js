/**
 * Why something is not a credential, and what that means: the same codes as `credential/errors.py`.
 *
 * Codes, verdicts and words come from `reasons.json`, the one table; a code that does not stand there does
 * not pass the type checker. Refused is for what is wrong. Undetermined is for what cannot be told, because
 * something needed is missing or too old: never shown as valid, and never called a forgery.
 */

import reasons from "../../../credential/reasons.json" with { type: "json" };

/** @typedef {keyof typeof reasons} Code */
/** @typedef {"valid" | "refused" | "undetermined"} Verdict */
/** @typedef {import("./claims.js").Credential} Credential */
/**
 * What a refused credential says of itself. Known only once its signature has held. Seconds UTC.
 * @typedef {object} About
 * @property {import("./claims.js").KindSlug} kind
 * @property {string} iss
 * @property {number} iat
 * @property {number | null} nbf
 * @property {number} exp
 * @property {string} cti in hex
 */

/** The one exception of the offline modules. */
export class CredentialError extends Error {
  /**
   * @param {Code} code the stable reason
   * @param {string} subject the part it is about (a claim's or file's name, may be empty)
   * @param {string} detail words for a log, which are not stable and never hold personal data
   */
  constructor(code, subject = "", detail = "") {
    super([subject ? `${code}:${subject}` : code, detail].filter(Boolean).join(": "));
    this.name = "CredentialError";
    this.code = code;
    this.subject = subject;
    this.detail = detail;
  }

  /** Code and subject as written in results and vectors: `CLAIM_MISSING:exp`. */
  get reason() {
    return this.subject ? `${this.code}:${this.subject}` : this.code;
  }
}

/** Why `verify` did not return: the code, the verdict it means, and what is known. */
export class VerificationError extends CredentialError {
  /**
   * @param {CredentialError} cause
   * @param {{verdict: Verdict, about: About | null, notices: readonly Code[]}} known
   */
  constructor(cause, { verdict, about, notices }) {
    super(cause.code, cause.subject, cause.detail);
    this.name = "VerificationError";
    this.verdict = verdict;
    this.about = about;
    this.notices = notices;
  }
}

/**
 * The verdict a code means (an unknown key under a stale snapshot is the one exception).
 * @param {Code} code
 * @returns {Verdict}
 */
export function verdictOf(code) {
  return reasons[code].verdict === "undetermined" ? "undetermined" : "refused";
}

/**
 * What `read` gives; its own faults become `code` of `subject`.
 * @template T
 * @param {() => T} read
 * @param {Code} code
 * @param {string} [subject]
 * @returns {T}
 */
export function faultsAs(read, code, subject = "") {
  try {
    return read();
  } catch (error) {
    if (error instanceof CredentialError) throw new CredentialError(code, subject, error.reason);
    throw error;
  }
}
