/**
 * The code in the page's own address, taken out of it before anything else happens: it stands behind `#`, which no
 * browser sends, and it shall stand in no history, no bookmark and no shared link either.
 *
 * This module is imported first and imports nothing.
 */

const digits = location.hash.slice(1);

if (location.hash) history.replaceState(null, "", location.pathname + location.search);

/** The text of the code that opened this page, in the link form; null when the page was opened by itself. */
export const openedWith = /^[0-9]/.test(digits) ? `https://${location.host}/v#${digits}` : null;
