/**
 * 在本机构，今日: where a licence lets its physician practise on a given day.
 *
 * A licence names one main institution (执业机构) and the further ones that were filed (多执业机构备案), each with its
 * scopes and days. That an institution is not among them does not mean that practice there is unlawful: the law
 * exempts several occasions (医师法 art. 18, 医师执业注册管理办法 art. 20), so the answer never says so.
 */

/** @typedef {import("./claims.js").Facts} Facts */
/**
 * @typedef {object} Place
 * @property {"registered" | "filed"} basis
 * @property {string} institution
 * @property {string[]} scopes
 * @property {string | null} begins YYYY-MM-DD, null for the registration itself
 * @property {string | null} ends the last day
 * @property {"today" | "not-yet" | "over"} standing
 */

/**
 * The institutions of a licence, the main one first, each with its standing on `today`.
 * @param {Facts} facts of a licence
 * @param {string} today YYYY-MM-DD in China
 * @returns {Place[]}
 */
export function places(facts, today) {
  /** @type {Place} */
  const main = {
    basis: "registered",
    institution: facts.institution ?? "",
    scopes: facts.scopes ?? [],
    begins: null,
    ends: null,
    standing: "today",
  };
  const filed = (facts.filings ?? []).map(({ institution, scopes, begins, ends }) => /** @type {Place} */ ({
    basis: "filed",
    institution,
    scopes,
    begins,
    ends,
    standing: today < begins ? "not-yet" : today > ends ? "over" : "today",
  }));
  return [main, ...filed];
}

/**
 * Those of `listed` that what is typed may mean: every word of it stands in the name. Width, case and blanks do not
 * count.
 * @param {readonly Place[]} listed
 * @param {string} typed
 */
export function matching(listed, typed) {
  const words = typed.normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean);
  return listed.filter(({ institution }) => {
    const name = institution.normalize("NFKC").toLowerCase();
    return words.every((word) => name.includes(word));
  });
}
