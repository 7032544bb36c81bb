/**
 * What a QR code is that is not one of ours, as far as its text tells. Nothing in it is ever opened, but for one
 * address, when somebody presses for it: this very service's page that signs a computer in (扫码登录).
 */

import { linkHost } from "./envelope.js";

/** @typedef {import("./codelists.js").Text} Text */

/** @type {readonly [RegExp, Text][]} */
const KNOWN = [
  [/^HC1:/, { zh: "欧盟数字健康证明", en: "an EU digital health certificate" }],
  [/^(weixin:\/\/|https?:\/\/(u\.wechat|weixin\.qq)\.com\/)/i, { zh: "微信二维码", en: "a WeChat code" }],
  [/^wxp:\/\//i, { zh: "微信收付款码", en: "a WeChat payment code" }],
  [/^(alipays?:\/\/|https?:\/\/qr\.alipay\.com\/)/i, { zh: "支付宝二维码", en: "an Alipay code" }],
  [/^(BEGIN:VCARD|MECARD:)/i, { zh: "电子名片", en: "a contact card" }],
  [/^WIFI:/i, { zh: "无线网络设置", en: "a wireless network" }],
  [/^(tel|sms|smsto|mailto):/i, { zh: "电话或邮件地址", en: "a phone number or e-mail address" }],
  [/^[0-9]{17}[0-9X]$/, { zh: "一串 18 位号码", en: "an 18-digit number" }],
  [/^[0-9]{6,16}$/, { zh: "一串数字", en: "a number" }],
];

/**
 * What `text` is, and from where it wants to be checked when it is a link like ours to another host.
 * @param {string} text
 * @returns {{what: Text, host: string | null}}
 */
export function describe(text) {
  const host = linkHost(text);
  if (host !== null) return { what: { zh: `另一系统（${host}）的链接`, en: `a link of another system (${host})` }, host };
  for (const [form, what] of KNOWN) if (form.test(text)) return { what, host: null };
  const address = /^https?:\/\/([^/?#\s]{1,80})/i.exec(text);
  if (address) return { what: { zh: `网址（${address[1]}），未打开`, en: `a web address (${address[1]}); it was not opened` }, host: null };
  return { what: { zh: "普通文字", en: "plain text" }, host: null };
}

const TICKET = /^[\w-]{22}$/; // 128 bits in base64url

/**
 * The path of the page that confirms a sign-in at a computer, where `text` is the code of one on this service; else null.
 * @param {string} text
 * @param {string} origin of this page
 */
export function signInPath(text, origin) {
  const place = `${origin}/login/`;
  return text.startsWith(place) && TICKET.test(text.slice(place.length)) ? text.slice(origin.length) : null;
}
