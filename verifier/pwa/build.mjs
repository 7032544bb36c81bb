/**
 * Builds the page into `dist/`: hashed names, so that every file may be cached for good; precompressed copies beside
 * them; third-party notices from the licences of what was bundled; `manifest.json`, logical name → file, for templates.
 *
 *     node build.mjs [--base /v/] [--out dist]
 *
 * `--base` is the address at which the page is served (links of codes want /v), `--out` the folder it is built into.
 * Any file server will do: beside the files it gives a `config.json` as `src/config.js` describes it.
 *
 * Entries: the page, its worker, `scanner` and `qr-draw` for other pages, and every file of wallet/web/js.
 */

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { brotliCompressSync, constants, deflateSync, gzipSync } from "node:zlib";
import { build } from "esbuild";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const ROOT = join(HERE, "..", "..");
const WALLET = join(ROOT, "wallet", "web", "js");
const NOTICES = "third-party-notices.txt";
const { values: given } = parseArgs({ options: { base: { type: "string", default: "/v/" }, out: { type: "string", default: join(HERE, "dist") } } });
const BASE = given.base.replace(/\/?$/, "/");
const DIST = given.out;

/** Logical name → file in dist. */
const manifest = {};
const bundled = new Set();

/** Writes a file under a name that changes with its content. */
function put(name, content) {
  const digest = createHash("sha256").update(content).digest("hex").slice(0, 12);
  const dot = name.lastIndexOf(".");
  const file = `${name.slice(0, dot)}.${digest}${name.slice(dot)}`;
  writeFileSync(join(DIST, file), content);
  manifest[name] = file;
  return file;
}

/** County names as one text, numbers as steps: a third of the size, and nothing else needs that file. */
const packedCounties = {
  name: "packed counties",
  setup(bundler) {
    bundler.onLoad({ filter: /\/src\/counties\.js$/ }, () => {
      const { names } = JSON.parse(readFileSync(join(ROOT, "credential", "codelists", "counties.json"), "utf-8"));
      let before = 0;
      const packed = Object.entries(names).sort(([a], [b]) => Number(a) - Number(b)).map(([code, name]) => {
        const step = Number(code) - before;
        before = Number(code);
        return `${step}${name}`;
      }).join("");
      const contents = `let names; const packed = ${JSON.stringify(packed)};
        export function countyNames() {
          if (names) return names;
          names = {}; let code = 0;
          for (const [, step, name] of packed.matchAll(/([0-9]+)([^0-9]+)/g)) { code += Number(step); names[code] = name; }
          return names;
        }`;
      return { contents, loader: "js" };
    });
  },
};

/** One entry as one file: what a page needs first must not wait for shared pieces. */
async function bundle(name, entry, { format = "esm", define = {} } = {}) {
  const done = await build({
    entryPoints: [entry], bundle: true, minify: true, format, define, write: false, metafile: true,
    target: ["es2022", "chrome94", "safari15.4", "firefox93"], charset: "utf8", legalComments: "none",
    outfile: name, plugins: [packedCounties], nodePaths: [join(HERE, "node_modules")], logLevel: "warning",
  });
  for (const input of Object.keys(done.metafile.inputs)) {
    const found = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input);
    if (found) bundled.add(found[1]);
  }
  return Buffer.from(done.outputFiles[0].contents);
}

const source = (name) => join(HERE, "src", name);

/** The icon as the PNG that phones ask for: a white shield with a tick on teal, drawn by distance. */
function iconPng(side) {
  const inside = [[256, 92], [392, 140], [392, 250], [372, 330], [322, 396], [256, 432], [190, 396], [140, 330], [120, 250], [120, 140]];
  const tick = [[186, 262], [234, 310], [330, 206]];
  const distance = ([ax, ay], [bx, by], x, y) => {
    const along = Math.max(0, Math.min(1, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2)));
    return Math.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay));
  };
  const isInside = (x, y) => inside.reduce((odd, [ax, ay], i) => {
    const [bx, by] = inside[(i + 1) % inside.length];
    return (ay > y) !== (by > y) && x < ((bx - ax) * (y - ay)) / (by - ay) + ax ? !odd : odd;
  }, false);
  const white = (x, y) => isInside(x, y) && Math.min(distance(tick[0], tick[1], x, y), distance(tick[1], tick[2], x, y)) > 18;
  const rows = Buffer.alloc(side * (1 + 3 * side));
  const teal = [0x0f, 0x76, 0x6e];
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      let share = 0;
      for (const dy of [0.25, 0.75]) for (const dx of [0.25, 0.75]) share += white(((x + dx) * 512) / side, ((y + dy) * 512) / side) ? 0.25 : 0;
      teal.forEach((value, c) => (rows[y * (1 + 3 * side) + 1 + 3 * x + c] = Math.round(value + share * (255 - value))));
    }
  }
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, check]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", deflateSync(rows, { level: 9 })), chunk("IEND", Buffer.alloc(0))]);
}

/** The check of a PNG chunk; older versions of Node have none of their own. */
function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** The licences of everything that was bundled. */
function notices() {
  const parts = [...bundled].sort().map((name) => {
    const folder = join(HERE, "node_modules", name);
    const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf-8"));
    const licences = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).sort();
    if (!licences.length) throw new Error(`${name} comes without a licence`);
    return [`${name} ${version}`, ...licences.map((file) => readFileSync(join(folder, file), "utf-8").trim())].join("\n\n");
  });
  return `${parts.join(`\n\n${"-".repeat(80)}\n\n`)}\n`;
}

// Only what an earlier build wrote is replaced, never a folder somebody named by mistake.
if (existsSync(DIST) && readdirSync(DIST).length && !existsSync(join(DIST, "manifest.json"))) {
  console.error(`${DIST}: not empty, and not an earlier build`);
  process.exit(2);
}
rmSync(DIST, { recursive: true, force: true });
mkdirSync(DIST, { recursive: true });

const wasm = put("zxing_reader.wasm", readFileSync(join(HERE, "node_modules/zxing-wasm/dist/reader/zxing_reader.wasm")));
const reader = { __WASM_FILE__: JSON.stringify(wasm) };
put("scan.worker.js", await bundle("scan.worker.js", source("scan.worker.js"), { format: "iife", define: reader }));
const names = { __WORKER_FILE__: JSON.stringify(manifest["scan.worker.js"]) };
put("page.js", await bundle("page.js", source("page.js"), { define: names }));
put("page.css", await bundle("page.css", source("page.css")));
put("icon.svg", readFileSync(source("icon.svg")));
put("icon.png", iconPng(192));
put("app.webmanifest", JSON.stringify({
  name: "医证核验", short_name: "医证核验", lang: "zh-CN", description: "核验医师的电子证照、工牌和身份码，断网也能用",
  start_url: BASE.slice(0, -1) || "/", scope: BASE.slice(0, -1) || "/", display: "standalone", background_color: "#0b1220", theme_color: "#0f172a",
  icons: [
    { src: manifest["icon.svg"], sizes: "any", type: "image/svg+xml" },
    { src: manifest["icon.png"], sizes: "192x192", type: "image/png", purpose: "any maskable" },
  ],
}));
const kept = Object.values(manifest);

// For other pages; the verifier page does not load them.
put("scanner.js", await bundle("scanner.js", source("scanner.js"), { define: names }));
put("qr-draw.js", await bundle("qr-draw.js", source("qr.js")));
const wallet = existsSync(WALLET) ? readdirSync(WALLET).filter((file) => file.endsWith(".js")) : [];
for (const file of wallet) put(`wallet/${file}`.replace("/", "-"), await bundle(file, join(WALLET, file), { define: names }));

writeFileSync(join(DIST, NOTICES), notices());
manifest[NOTICES] = NOTICES;
const page = readFileSync(source("index.html"), "utf-8")
  .replaceAll("%BASE%", BASE)
  .replaceAll("%NOTICES%", NOTICES)
  .replace(/%([\w.]+)%/g, (_, name) => manifest[name] ?? fail(name));
writeFileSync(join(DIST, "index.html"), page);
manifest["index.html"] = "index.html";

const version = createHash("sha256").update(JSON.stringify(kept)).update(page).digest("hex").slice(0, 12);
const about = { __KEPT_FILES__: JSON.stringify([...kept, NOTICES]), __BUILD__: JSON.stringify(version) };
writeFileSync(join(DIST, "sw.js"), await bundle("sw.js", source("service_worker.js"), { format: "iife", define: about }));
manifest["sw.js"] = "sw.js";
writeFileSync(join(DIST, "manifest.json"), `${JSON.stringify(manifest, null, 1)}\n`);

for (const file of readdirSync(DIST)) {
  if (/\.png$/.test(file)) continue;
  const content = readFileSync(join(DIST, file));
  writeFileSync(join(DIST, `${file}.gz`), gzipSync(content, { level: 9 }));
  writeFileSync(join(DIST, `${file}.br`), brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.length } }));
}
const size = [...kept, "index.html", "sw.js"].reduce((sum, file) => sum + gzipSync(readFileSync(join(DIST, file)), { level: 9 }).length, 0);
console.log(`${basename(DIST)}: ${Object.keys(manifest).length} files, the page ${(size / 1000).toFixed(1)} KB gzip`);

function fail(name) {
  throw new Error(`index.html names ${name}, which was not built`);
}
