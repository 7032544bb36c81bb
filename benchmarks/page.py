"""P9: the public page in a real browser: its weight, a frame to its verdict, a reload without a network."""

from __future__ import annotations

import base64
import gzip
import json
import tempfile
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[1]

PAGE = ROOT / "verifier" / "pwa" / "dist"
CHROMIUM = Path("/usr/bin/chromium")
NOT_LOADED = ("scanner.js", "qr-draw.js", "third-party-notices.txt")

# When the first headline stands on the page, in milliseconds since the navigation began.
_WATCH = """
    new MutationObserver((_, observer) => {
      if (!document.querySelector(".headline")) return;
      window.verdictAt = performance.now();
      observer.disconnect();
    }).observe(document, {subtree: true, childList: true});
"""
# A picture of 1280 x 720 handed to the page as a person would: decoded, read, verified, shown.
_SHOW = """
    async (encoded) => {
      const bytes = Uint8Array.from(atob(encoded), (c) => c.charCodeAt(0));
      const chosen = new DataTransfer();
      chosen.items.add(new File([bytes], "frame.jpg", {type: "image/jpeg"}));
      const field = document.getElementById("picture-file");
      field.files = chosen.files;
      const shown = new Promise((resolve) => {
        new MutationObserver((_, observer) => {
          if (!document.querySelector(".headline")) return;
          observer.disconnect();
          resolve(performance.now());
        }).observe(document.getElementById("verdict"), {subtree: true, childList: true});
      });
      const begun = performance.now();
      field.dispatchEvent(new Event("change"));
      const spent = (await shown) - begun;
      const verdict = document.querySelector(".sheet").className;
      document.querySelector(".again").click();
      return [spent, verdict];
    }
"""


def is_there() -> bool:
    return CHROMIUM.exists() and (PAGE / "manifest.json").exists()


def run(rounds: int) -> dict[str, Any]:
    """``gzip_kb``, ``brotli_kb``, and medians of ``frame_ms`` and ``reload_s`` over ``rounds``."""
    from playwright.sync_api import sync_playwright

    from tests.verifier.pwa.conftest import FLAGS
    from tests.verifier.pwa.site import Site

    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        site = Site(Path(name) / "home", PAGE)
        site.publish()
        text = site.link(site.licence())
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        page = browser.new_page()
        page.add_init_script(_WATCH)
        page.goto(site.page)
        page.wait_for_selector("#trust-open[data-tone=good]")
        page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
        frame = _frame(text)
        frames = [page.evaluate(_SHOW, frame) for _ in range(rounds + 1)][1:]
        assert all(verdict == "sheet tone-good" for _, verdict in frames)
        site.stop()
        reloads = []
        for _ in range(rounds):
            page.goto("about:blank")
            page.goto(text.replace("https:", "http:"))
            page.wait_for_selector(".sheet.tone-good")
            reloads.append(page.evaluate("() => window.verdictAt"))
        browser.close()
    return {
        **sizes(),
        "frame_ms": round(median(spent for spent, _ in frames), 1),
        "reload_s": round(median(reloads) / 1000, 3),
    }


def sizes() -> dict[str, float]:
    """What a first visit loads and keeps, in KB of 1000 bytes; the largest file apart."""
    names = json.loads((PAGE / "manifest.json").read_text("utf-8"))
    loaded = [PAGE / file for name, file in names.items() if _is_loaded(name)]
    packed = {each: len(gzip.compress(each.read_bytes(), 9)) for each in loaded}
    brotli = sum(
        (each.with_name(f"{each.name}.br") if each.suffix != ".png" else each).stat().st_size
        for each in loaded
    )
    return {
        "gzip_kb": round(sum(packed.values()) / 1000, 1),
        "gzip_kb_of_the_reader": round(max(packed.values()) / 1000, 1),
        "brotli_kb": round(brotli / 1000, 1),
    }


def _is_loaded(name: str) -> bool:
    return name not in NOT_LOADED and not name.startswith("wallet-")


def _frame(text: str) -> str:
    """A 720p frame with the code on grey, as JPEG in base64."""
    from PIL import Image

    from credential import qr

    picture = Image.new("L", (1280, 720), 150)
    code = Image.open(BytesIO(qr.png(text, "licence", module_px=6))).convert("L").resize((640, 640))
    picture.paste(code.rotate(3, fillcolor=150), (320, 40))
    out = BytesIO()
    picture.save(out, "JPEG", quality=80)
    return base64.b64encode(out.getvalue()).decode()
