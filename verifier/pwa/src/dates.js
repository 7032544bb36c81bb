/** Days and times as people read them, in China Standard Time (UTC+8, no summer time), whatever the phone's zone. */

/** @typedef {import("./codelists.js").Text} Text */

const SHANGHAI_S = 8 * 3600;
const MONTHS = "January February March April May June July August September October November December".split(" ");

/** @param {number} seconds UTC */
function parts(seconds) {
  const [day, time] = new Date((Math.floor(seconds) + SHANGHAI_S) * 1000).toISOString().split(/[T.]/);
  return { day, time };
}

/** The day in China at `seconds` (UTC), YYYY-MM-DD. @param {number} seconds */
export function chinaDay(seconds) {
  return parts(seconds).day;
}

/** `2026年11月22日`. @param {string} day YYYY-MM-DD @returns {Text} */
export function dayText(day) {
  const [year, month, date] = day.split("-").map(Number);
  return { zh: `${year}年${month}月${date}日`, en: `${date} ${MONTHS[month - 1]} ${year}` };
}

/** `2026年11月22日 10:00`. @param {number} seconds @returns {Text} */
export function momentText(seconds) {
  const { day, time } = parts(seconds);
  const { zh, en } = dayText(day);
  return { zh: `${zh} ${time.slice(0, 5)}`, en: `${en}, ${time.slice(0, 5)}` };
}

/** `今天 10:00`, or the whole moment on another day. @param {number} seconds @param {number} now @returns {Text} */
export function shortMomentText(seconds, now) {
  if (chinaDay(seconds) !== chinaDay(now)) return momentText(seconds);
  const time = clockText(seconds).slice(0, 5);
  return { zh: `今天 ${time}`, en: `today, ${time}` };
}

/** `10:00:05`. @param {number} seconds */
export function clockText(seconds) {
  return parts(seconds).time;
}

/** How long something is, in its largest fitting unit: `12 秒`, `3 天`. @param {number} seconds @returns {Text} */
export function spanText(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [count, zh, en] =
    whole < 120 ? [whole, "秒", "second"]
    : whole < 2 * 3600 ? [Math.floor(whole / 60), "分钟", "minute"]
    : whole < 2 * 86_400 ? [Math.floor(whole / 3600), "小时", "hour"]
    : [Math.floor(whole / 86_400), "天", "day"];
  return { zh: `${count} ${zh}`, en: `${count} ${en}${count === 1 ? "" : "s"}` };
}
