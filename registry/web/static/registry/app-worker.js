// The app away from the network: a page that says so, and the pages that show codes, licence and badge out of the
// device's own encrypted store. Personal pages are never kept (Cache-Control: no-store).
const CACHE = "yizheng-app-4";
const OFFLINE = "/offline";
const CODE = "/code/offline";
const LICENCE = "/licence/offline";
const BADGE = "/badge/offline";
const KEPT = [OFFLINE, CODE, LICENCE, BADGE, "/bootstrap/static/css/bootstrap.min.css", "/static/registry/yizheng.css", "/static/registry/page.js",
  ...["offline_code", "kept_book", "book_clock", "code_book", "code_text", "vault", "draw", "awake",
    "offline_holding", "kept_holding", "certificate"].map((name) => `/wallet/js/${name}.js`)];
// Without the built bundle there is no script that draws.
const MAY_LACK = ["/wallet/qr-draw.js"];

self.addEventListener("install", (event) => {
  // A page that goes away can still say so only past a worker: what it sends through one is lost with it.
  event.addRoutes?.({ condition: { urlPattern: "/code/leave" }, source: "network" }).catch(() => {});
  event.waitUntil(
    caches.open(CACHE)
      .then((cache) => Promise.all([cache.addAll(KEPT), ...MAY_LACK.map((path) => cache.add(path).catch(() => {}))]))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter((name) => name.startsWith("yizheng-app-") && name !== CACHE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

/** The page that stands in for one that cannot be had now. */
function insteadOf(pathname) {
  const [, first] = pathname.split("/");
  return { code: CODE, licence: LICENCE, badge: BADGE }[first] ?? OFFLINE;
}

/** When the network was last late, by the clock of this worker. */
let lateAt = -Infinity;

/** What the network has, if it has it soon: a dead spot must not look like a slow page. Once late, it is not waited
 *  for again at once, or every part of a page would take its three seconds one after the other. */
function soon(request) {
  const patience = performance.now() - lateAt < 10_000 ? 0 : 3000;
  let timer = 0;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => {
      if (patience) lateAt = performance.now();
      reject(new Error("late"));
    }, patience);
  });
  return Promise.race([fetch(request), late]).finally(() => clearTimeout(timer));
}

self.addEventListener("fetch", (event) => {
  const { pathname, search, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== location.origin || pathname.startsWith("/v")) return;
  if (event.request.mode === "navigate") {
    if (pathname === CODE && search === "?late") lateAt = performance.now(); // the live code waited already
    if ([CODE, LICENCE, BADGE].includes(pathname)) event.respondWith(soon(event.request).catch(() => caches.match(pathname)));
    else event.respondWith(fetch(event.request).catch(() => caches.match(insteadOf(pathname))));
  } else if (KEPT.includes(pathname) || MAY_LACK.includes(pathname)) {
    event.respondWith(soon(event.request).catch(() => caches.match(pathname)));
  }
});
