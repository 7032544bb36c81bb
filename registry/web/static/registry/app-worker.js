// The app away from the network: a page that says so. Personal pages are never kept (Cache-Control: no-store).
const CACHE = "yizheng-app-1";
const OFFLINE = "/offline";

self.addEventListener("install", (event) => {
  // A page that goes away can still say so only past a worker: what it sends through one is lost with it.
  event.addRoutes?.({ condition: { urlPattern: "/code/leave" }, source: "network" }).catch(() => {});
  event.waitUntil(caches.open(CACHE).then((cache) => cache.add(OFFLINE)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter((name) => name.startsWith("yizheng-app-") && name !== CACHE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  if (event.request.mode !== "navigate" || new URL(event.request.url).pathname.startsWith("/v")) return;
  event.respondWith(fetch(event.request).catch(() => caches.match(OFFLINE)));
});
