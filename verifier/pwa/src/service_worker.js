/**
 * Keeps the page for when there is no network: the whole build is stored at once, or the old one stays. Only the page's
 * own files are answered; trust data goes through, and lies in the page's store with its signatures.
 *
 * The configuration is stored with the page and looked for anew behind its back: first trust itself is kept by the page.
 */

/** @type {ServiceWorkerGlobalScope} */
const worker = /** @type {any} */ (globalThis);

const CACHE = `yizheng-page-${__BUILD__}`;
const FOLDER = new URL("./", worker.location.href);
const PAGE = new URL("index.html", FOLDER).href;
const CONFIG = new URL("config.json", FOLDER).href;
const KEPT = new Set(__KEPT_FILES__.map((file) => new URL(file, FOLDER).href));

worker.addEventListener("install", (event) => event.waitUntil(keepAll()));
worker.addEventListener("activate", (event) => event.waitUntil(forgetOthers()));
worker.addEventListener("message", (event) => {
  if (event.data === "take over") void worker.skipWaiting();
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const address = new URL(request.url);
  if (request.mode === "navigate" && isPage(address)) event.respondWith(kept(PAGE, request));
  else if (KEPT.has(address.href)) event.respondWith(kept(address.href, request));
  else if (address.href === CONFIG) {
    const fresh = renewed();
    event.waitUntil(fresh.catch(() => undefined));
    event.respondWith(kept(CONFIG, request));
  }
});

async function keepAll() {
  const answers = await Promise.all([...KEPT, PAGE, CONFIG].map(whole));
  const cache = await caches.open(CACHE);
  await Promise.all(answers.map(([address, answer]) => cache.put(address, answer)));
}

/**
 * The file at `address`, without the trace of a redirection: a page that was redirected may not answer a navigation.
 * @param {string} address
 * @returns {Promise<[string, Response]>}
 */
async function whole(address) {
  const answer = await fetch(address, { cache: "no-cache" });
  if (!answer.ok) throw new Error(`${answer.status} for ${address}`);
  return [address, answer.redirected ? new Response(await answer.blob(), { headers: answer.headers }) : answer];
}

async function forgetOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("yizheng-page-") && name !== CACHE).map((name) => caches.delete(name)));
  await worker.clients.claim();
}

/** The page is asked for with and without a slash, and by its file. @param {URL} address */
function isPage({ origin, pathname }) {
  const folder = FOLDER.pathname;
  return origin === FOLDER.origin && [folder, folder.slice(0, -1), `${folder}index.html`].includes(pathname);
}

/** @param {string} address @param {Request} request */
async function kept(address, request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(address)) ?? fetch(request);
}

async function renewed() {
  const answer = await fetch(CONFIG, { cache: "no-cache" });
  if (answer.ok) await (await caches.open(CACHE)).put(CONFIG, answer);
}
