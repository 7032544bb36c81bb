/**
 * What a person is told: tone, headline, reason, next step, and what was checked. No page is touched here.
 *
 * Tones: `good` valid; `caution` valid as of a stated time; `bad` refused; `unknown` cannot be told, or not one of our
 * codes. Each has an icon and a word of its own. The reason is the one table's sentence for the code.
 */

import { nameOf } from "./codelists.js";
import { chinaDay, dayText, momentText, spanText } from "./dates.js";
import { message } from "./messages.js";
import { describe } from "./not_ours.js";

/** @typedef {import("./codelists.js").Text} Text */
/** @typedef {import("./errors.js").Code} Code */
/** @typedef {import("./errors.js").VerificationError} VerificationError */
/** @typedef {import("./trust_list.js").TrustList} TrustList */
/** @typedef {import("./verify.js").Verified} Verified */
/** @typedef {"good" | "caution" | "bad" | "unknown"} Tone */
/** How far the device's clock may be off, and which way. @typedef {{fast: boolean, seconds: number}} Skew */
/**
 * @typedef {object} Shown
 * @property {Tone} tone
 * @property {Text} word the verdict in one word
 * @property {Text} headline
 * @property {Text[]} reasons
 * @property {Text | null} next what to do
 * @property {Code[]} notices
 * @property {Code | null} code null when valid
 * @property {string} reason the code with its part, for whoever asks
 * @property {Skew | null} skew
 * @property {string | null} [signIn] the path of the page that signs a computer in
 */

/** A code refused by no more than this may be the clock's fault. */
const MAX_SKEW_S = 120;

/** @type {Record<import("./claims.js").KindSlug, Text>} */
export const KIND_NAMES = {
  licence: { zh: "执业医师电子证照", en: "physician's practice licence" },
  badge: { zh: "医师工牌", en: "physician's badge" },
  "identity-code": { zh: "电子身份码", en: "physician's identity code" },
};

/** @type {Record<import("./claims.js").KindSlug, Text>} */
const VALID = {
  licence: { zh: "该执业医师证照有效", en: "This practice licence is valid" },
  badge: { zh: "该工牌有效", en: "This badge is valid" },
  "identity-code": { zh: "该电子身份码有效", en: "This identity code is valid" },
};

/** @type {Record<Tone, Text>} */
const WORDS = {
  good: { zh: "有效", en: "Valid" },
  caution: { zh: "有效，但资料较旧", en: "Valid, on older data" },
  bad: { zh: "无效", en: "Not valid" },
  unknown: { zh: "无法判定", en: "Cannot tell" },
};
/** @type {Text} */
const NOT_OURS = { zh: "不是证照", en: "Not ours" };

/** @type {Partial<Record<Code, Text>>} */
const HEADLINES = {
  REVOKED: { zh: "证照已注销或吊销", en: "This credential was revoked" },
  SUSPENDED: { zh: "证照已暂停", en: "This credential is suspended" },
  SUPERSEDED: { zh: "不是最新的证照", en: "Not the current credential" },
  KEY_UNKNOWN: { zh: "不是可信机关签发", en: "Not issued by a trusted authority" },
  SIGNATURE_INVALID: { zh: "内容被改动或系伪造", en: "Altered or forged" },
  QR_NOT_OURS: { zh: "这不是医师证照二维码", en: "This is not a physician's code" },
  SIZE_LIMIT: { zh: "这不是医师证照二维码", en: "This is not a physician's code" },
  VERSION_UNSUPPORTED: { zh: "本页版本过旧", en: "This page is too old" },
  STATUS_UNKNOWN: { zh: "无法判定是否仍然有效", en: "Cannot tell whether it still stands" },
  TRUST_MISSING: { zh: "本机还没有核验资料", en: "Nothing to check against yet" },
  TRUST_EXPIRED: { zh: "核验资料已过期", en: "The trust data has expired" },
  BROWSER_UNSUPPORTED: { zh: "此浏览器过旧", en: "This browser is too old" },
  CLOCK_WENT_BACK: { zh: "本机时间不对", en: "This device's clock is wrong" },
  QR_UNREADABLE: { zh: "没有读出二维码", en: "No code could be read" },
  QR_AMBIGUOUS: { zh: "图中有多个二维码", en: "There are several codes" },
  IMAGE_INVALID: { zh: "图片打不开", en: "The picture cannot be opened" },
  IMAGE_TOO_MANY_PIXELS: { zh: "图片过大", en: "The picture is too large" },
  READER_MISSING: { zh: "此浏览器不能读码", en: "This browser cannot read codes" },
  ISSUER_SCOPE: { zh: "签发机关越权", en: "Outside the authority's region" },
  KEY_REVOKED: { zh: "签发密钥已作废", en: "The signing key was withdrawn" },
};
/** @type {Text} */
const FAULTY = { zh: "证照内容不合规定", en: "The credential is not as it must be" };

/** @type {Text} */
const ASK_AUTHORITY = {
  zh: "请不要只凭这个码作决定，可向医院工作人员或发证机关核实。",
  en: "Do not rely on this code; ask the hospital's staff or the issuing authority.",
};
/** @type {Partial<Record<Code, Text>>} */
const NEXT = {
  EXPIRED: { zh: "请对方出示最新的证照。", en: "Ask for the current credential." },
  CODE_EXPIRED: { zh: "身份码每 30 秒更换，请对方打开手机出示新的码，再扫一次。", en: "Identity codes change every 30 seconds: ask for a new one and scan again." },
  NOT_YET_VALID: { zh: "请稍候再扫；若仍如此，请检查本机时间。", en: "Wait a moment and scan again; if it stays so, check this device's clock." },
  ISSUED_IN_FUTURE: { zh: "请检查本机时间，再扫一次。", en: "Check this device's clock and scan again." },
  SUPERSEDED: { zh: "医师信息有更新，请对方出示最新的证照。", en: "The registration has changed: ask for the current credential." },
  SIGNATURE_INVALID: { zh: "请不要相信码上的姓名和照片。若是截图或翻拍，请对方出示原码再扫一次。", en: "Do not trust the name and photo in it. If it is a copy of a copy, ask for the original code." },
  KEY_UNKNOWN: { zh: "请不要相信码上的姓名和照片，可向医院工作人员或发证机关核实。", en: "Do not trust the name and photo in it; ask the hospital's staff or the issuing authority." },
  B45_INVALID: { zh: "可能没有读完整，请再扫一次。", en: "It may have been read in part: scan again." },
  ZLIB_INVALID: { zh: "可能没有读完整，请再扫一次。", en: "It may have been read in part: scan again." },
  VERSION_UNSUPPORTED: { zh: "请联网更新本页后再扫。", en: "Update this page with a network connection, then scan again." },
  QR_NOT_OURS: { zh: "请对准医师出示的电子证照、工牌或身份码。", en: "Point at the licence, badge or identity code that the physician shows." },
  SIZE_LIMIT: { zh: "请对准医师出示的电子证照、工牌或身份码。", en: "Point at the licence, badge or identity code that the physician shows." },
  STATUS_UNKNOWN: { zh: "请联网一次更新资料后再扫。没有更新之前，不要当作有效。", en: "Go online once to update, then scan again. Until then do not take it as valid." },
  TRUST_MISSING: { zh: "请联网一次，或在「核验资料」里导入离线包。", en: "Go online once, or import a bundle under “Trust data”." },
  TRUST_EXPIRED: { zh: "请联网一次更新资料后再扫。", en: "Go online once to update, then scan again." },
  BROWSER_UNSUPPORTED: { zh: "请换用系统自带的浏览器，或更新后再试。", en: "Use the phone's own browser, or update this one." },
  CLOCK_WENT_BACK: { zh: "请在系统设置里打开自动对时，或联网后点「校时」。", en: "Turn on automatic time in the settings, or go online and press “Set the clock”." },
  QR_UNREADABLE: { zh: "请靠近、放平、避免反光，重拍一张。", en: "Come closer, hold it flat, avoid reflections, and take another picture." },
  QR_AMBIGUOUS: { zh: "请选择要核验的一个，或只拍一个码。", en: "Choose the one to check, or take a picture of one only." },
  IMAGE_INVALID: { zh: "请换一张图片。", en: "Choose another picture." },
  IMAGE_TOO_MANY_PIXELS: { zh: "请裁小后再试。", en: "Crop it, then try again." },
  READER_MISSING: { zh: "请用手机相机直接扫描对方的码，或粘贴码的文字。", en: "Scan the code with the phone's own camera, or paste its text." },
};

/**
 * @param {Verified} verified
 * @param {readonly Code[]} beside notices that were found beside verification
 * @returns {Shown}
 */
export function shownValid({ credential, asOf, notices }, beside) {
  const stale = notices.includes("STATUS_STALE");
  const headline = VALID[credential.kind];
  const since = asOf === null ? null : momentText(asOf);
  const tone = stale ? "caution" : "good";
  return {
    tone,
    word: WORDS[tone],
    headline: stale && since ? { zh: `截至 ${since.zh}，${headline.zh}`, en: `${headline.en} as of ${since.en}` } : headline,
    reasons: [],
    next: stale ? { zh: "请联网更新资料，以得知此后有无变化。", en: "Go online to learn of any change since." } : null,
    notices: [...notices, ...beside],
    code: null,
    reason: "",
    skew: null,
  };
}

/** The code that a computer shows to be signed in (扫码登录). @param {string} signIn @returns {Shown} */
export function shownSignIn(signIn) {
  return {
    tone: "unknown",
    word: { zh: "扫码登录", en: "Sign-in" },
    headline: { zh: "用本机账户登录电脑？", en: "Sign a computer in?" },
    reasons: [{ zh: "这是本服务在电脑上显示的登录码。", en: "A computer shows this code to be signed in here." }],
    next: { zh: "打开后核对电脑上的数字、浏览器和时间，再确认。别人发来的登录码不要确认。", en: "Compare number, browser and time with the computer's before you confirm. Never confirm a code that somebody sent you." },
    notices: [],
    code: null,
    reason: "",
    skew: null,
    signIn,
  };
}

/**
 * @param {VerificationError} error
 * @param {{text: string, now: number, content: TrustList | null, here: string}} context the text that was read; the
 *     trust list, for names; the host of this page
 * @returns {Shown}
 */
export function shownError(error, { text, now, content, here }) {
  const { code, about } = error;
  const unknown = error.verdict === "undetermined" || code === "QR_NOT_OURS" || code === "SIZE_LIMIT";
  const tone = unknown ? "unknown" : "bad";
  const stale = code === "KEY_UNKNOWN" && error.verdict === "undetermined";
  /** @type {Text[]} */
  const reasons = [code === "READER_MISSING" ? { zh: "读码组件没有装入。", en: "The reader could not be loaded." } : message(code)];
  let headline = HEADLINES[code] ?? (tone === "bad" ? FAULTY : WORDS.unknown);
  let next = NEXT[code] ?? (tone === "bad" ? ASK_AUTHORITY : null);

  if (stale) {
    headline = { zh: "无法判定签发机关", en: "The issuing authority is not known here" };
    reasons.splice(0, 1, { zh: "本机的信任清单较旧，其中没有签发此码的密钥。", en: "The trust list on this device is old and does not have the key that signed this code." });
    next = NEXT.STATUS_UNKNOWN ?? null;
  }
  if (code === "EXPIRED" && about) {
    const [since, day] = [spanText(now - about.exp), dayText(chinaDay(about.exp))];
    headline = { zh: `已过有效期 ${since.zh}`, en: `Expired ${since.en} ago` };
    reasons.push({ zh: `有效期至 ${day.zh}。`, en: `It was valid until ${day.en}.` });
  }
  if (code === "CODE_EXPIRED" && about) {
    const since = spanText(Math.max(1, now - about.exp));
    headline = { zh: `身份码已过期 ${since.zh}`, en: `Identity code expired ${since.en} ago` };
  }
  if ((code === "NOT_YET_VALID" || code === "ISSUED_IN_FUTURE") && about) {
    const until = spanText((about.nbf ?? about.iat) - now);
    headline = { zh: `${until.zh}后才生效`, en: `Not valid for another ${until.en}` };
  }
  if (code === "QR_NOT_OURS") {
    const { what, host } = describe(text);
    reasons.push({ zh: `这是${what.zh}。`, en: `It is ${what.en}.` });
    const hosts = content?.hosts.join("、") ?? here;
    if (host !== null) next = { zh: `本系统的码只在 ${hosts} 核验。`, en: `Codes of this system are checked at ${hosts} only.` };
  }
  const issuer = about && content?.keys.find((record) => record.iss === about.iss)?.name;
  if (about && issuer) {
    reasons.push({ zh: `${KIND_NAMES[about.kind].zh}，${issuer.zh}签发。`, en: `${capital(KIND_NAMES[about.kind].en)}, issued by ${issuer.en}.` });
  }
  // A headline that says what the table's sentence says leaves that sentence out.
  if (reasons[0].zh.replace("。", "").endsWith(headline.zh)) reasons.shift();
  return {
    tone,
    word: code === "QR_NOT_OURS" || code === "SIZE_LIMIT" ? NOT_OURS : WORDS[tone],
    headline,
    reasons,
    next,
    notices: [...error.notices],
    code,
    reason: error.reason,
    skew: skewOf(error, now),
  };
}

/**
 * By how much this device's clock would be off if the code were good: told only where it is little.
 * @param {VerificationError} error
 * @param {number} now
 * @returns {Skew | null}
 */
export function skewOf({ code, about }, now) {
  if (about?.kind !== "identity-code") return null;
  const fast = code === "CODE_EXPIRED";
  if (!fast && code !== "NOT_YET_VALID" && code !== "ISSUED_IN_FUTURE") return null;
  const off = fast ? now - about.exp : (about.nbf ?? about.iat) - now;
  return off <= MAX_SKEW_S ? { fast, seconds: Math.max(1, Math.ceil(off)) } : null;
}

/**
 * What was checked of a valid code, one line each.
 * @param {Verified} verified
 * @returns {Text[]}
 */
export function checked({ credential, issuer, asOf }) {
  const status = asOf === null ? null : momentText(asOf);
  const until = momentText(credential.exp);
  return [
    { zh: `签名真实：${issuer.name.zh}签发，内容未被改动`, en: `Signature good: issued by ${issuer.name.en}, not altered` },
    { zh: "签发机关在信任清单内，有权签发", en: "The authority is on the trust list and may issue this" },
    { zh: `在有效期内，至 ${until.zh}`, en: `Within its time, until ${until.en}` },
    status
      ? { zh: `状态清单（${status.zh}）：未被注销、吊销、暂停`, en: `Status list of ${status.en}: not revoked, suspended or replaced` }
      : { zh: "30 秒身份码由系统当场签发，不查状态清单", en: "A 30-second code is signed on the spot; no status list is needed" },
  ];
}

/** Title and level as one line of words. @param {import("./claims.js").Facts} facts @returns {Text[]} */
export function titles({ level, category, title }) {
  const said = [];
  if (level) said.push(nameOf("level", level === "physician" ? 1 : 2));
  if (category !== undefined) said.push(nameOf("category", category));
  if (title) said.push(nameOf("title", title));
  return said;
}

/** @param {string} text */
function capital(text) {
  return text[0].toUpperCase() + text.slice(1);
}
