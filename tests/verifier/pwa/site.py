"""A real issuing office whose publications and page are served on loopback, as any file server would."""

from __future__ import annotations

import json
import secrets
import shutil
import threading
from datetime import UTC, datetime
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from credential import cose, envelope, qr
from credential.claims import Face, IdentityCode, Kind
from credential.keys import Algorithm
from credential.labels import TYP_TIME
from credential.text import Text
from credential.trust_list import Environment, Purpose, SignedTime
from issuer import office as issuing
from issuer import portrait, publish
from issuer.demo_portraits import portrait as drawn
from issuer.home import Home
from issuer.issue import Issued
from issuer.ledger import Action
from tests import office
from verifier.trust import Pin

ISS = "https://yizheng.example/i/11"
CSP = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data: blob:; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)
TYPES = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm",
    ".svg": "image/svg+xml", ".png": "image/png", ".webmanifest": "application/manifest+json", ".txt": "text/plain; charset=utf-8",
    ".json": "application/json",
}  # fmt: skip


def now() -> int:
    """The browser's clock is the real one, so here it is read."""
    return int(datetime.now(UTC).timestamp())  # noqa: TID251


class Site:
    """An office, its page and its files on a loopback port; it can be stopped and started again."""

    def __init__(self, folder: Path, dist: Path, *, founded_s_ago: int = 3600) -> None:
        self.dist = dist
        self.requests: list[str] = []
        self.elsewhere = ""
        self.open_to = ""
        self.allowed = ""
        self.clock_ahead_s = 0
        self._server: ThreadingHTTPServer | None = None
        self.port = 0
        self.start()
        self.home = Home(folder, passphrase=b"a passphrase for tests only")
        content, _ = issuing.found(
            self.home,
            issuing.Authority(ISS, Text("示范市卫生健康委员会", "Demo Health Commission"), ("11",)),
            host=self.host,
            environment=Environment.TEST,
            algorithm=Algorithm.ES256,
            now=now() - founded_s_ago,
        )
        self.pin = Pin(content.environment, content.version, content.threshold, content.anchors)

    @property
    def host(self) -> str:
        return f"localhost:{self.port}"

    @property
    def page(self) -> str:
        return f"http://{self.host}/v"

    def publish(self) -> None:
        publish.publish(self.home, now=now())

    # --- what is issued --------------------------------------------------------------------------

    @cached_property
    def faces(self) -> dict[Kind, Face]:
        sizes = {
            Kind.LICENCE: portrait.LICENCE,
            Kind.BADGE: portrait.BADGE,
            Kind.IDENTITY_CODE: portrait.IDENTITY_CODE,
        }
        return {
            kind: Face(
                portrait.reduce(drawn(1), width=size.width, height=size.height, budget=size.budget)
            )
            for kind, size in sizes.items()
        }

    def licence(self, *, at: int | None = None, **changes: Any) -> Issued:
        said = office.licence(face=self.faces[Kind.LICENCE], **changes)
        return self._issue(said, at)

    def badge(self, *, at: int | None = None) -> Issued:
        return self._issue(office.badge(face=self.faces[Kind.BADGE]), at)

    def identity_code(self, *, at: int | None = None) -> Issued:
        return self._issue(IdentityCode(licence_number="110110105000123", name="甲示例", face=self.faces[Kind.IDENTITY_CODE]), at)  # fmt: skip

    def _issue(self, said: Any, at: int | None) -> Issued:
        when = datetime.fromtimestamp(now() if at is None else at, UTC)
        return self.home.issue(said, iss=ISS, cti=secrets.token_bytes(8), now=when)

    def link(self, issued: Issued) -> str:
        return str(issued.link(self.host))

    def forged(self, issued: Issued) -> str:
        """The same code with one byte of its content changed."""
        message = bytearray(issued.cose)
        message[len(message) // 2] ^= 1
        return str(envelope.link(bytes(message), host=self.host))

    def revoke(self, issued: Issued) -> None:
        with self.home.ledger() as ledger:
            ledger.act(issued.credential.cti, Action.REVOKE)
        self.publish()

    # --- what is served --------------------------------------------------------------------------

    def start(self) -> None:
        site = self

        class Files(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.requests.append(self.path)
                site.answer(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Files)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def running(self) -> bool:
        return self._server is not None

    def stop(self) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()
        self._server = None

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        path = request.path.partition("?")[0]
        content, kind = self._file(path)
        request.send_response(200 if content is not None else 404)
        # A deployer who publishes elsewhere names that origin in the policy, and it lets the page in.
        allowed = self.allowed or f"'self' {self.elsewhere}".rstrip()
        policy = CSP.replace("connect-src 'self'", f"connect-src {allowed}")
        request.send_header("Content-Security-Policy", policy)
        if self.open_to:
            request.send_header("Access-Control-Allow-Origin", self.open_to)
        request.send_header("X-Content-Type-Options", "nosniff")
        request.send_header("Referrer-Policy", "no-referrer")
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(content or b"")))
        if path == "/v/sw.js":
            request.send_header("Service-Worker-Allowed", "/v")
        request.end_headers()
        request.wfile.write(content or b"")

    def _file(self, path: str) -> tuple[bytes | None, str]:
        if path == "/v/config.json":
            config = {
                "pin": self.pin.to_bytes().hex(),
                "environment": str(self.pin.environment),
                "base": f"{self.elsewhere}/.well-known/yizheng/",
            }
            return json.dumps(config).encode(), TYPES[".json"]
        if path == "/.well-known/yizheng/time":
            return self._signed_time(), "application/octet-stream"
        for prefix, folder in (
            ("/v/", self.dist),
            ("/.well-known/yizheng/", self.home.public),
            ("/s/", self.home.public / "s"),
        ):
            name = path.removeprefix(prefix) if path.startswith(prefix) else ""
            if name and ".." not in name and (folder / name).is_file():
                kind = TYPES.get(Path(name).suffix, "application/octet-stream")
                return (folder / name).read_bytes(), kind
        if path in ("/v", "/v/"):
            return (self.dist / "index.html").read_bytes(), TYPES[".html"]
        return None, "text/plain"

    def _signed_time(self) -> bytes:
        told = now() + self.clock_ahead_s
        key = self.home.signing_key(Purpose.SNAPSHOT, iss=None, now=now())
        return cose.sign1(SignedTime(told).to_bytes(), key.signer, typ=TYP_TIME)

    def keep_publication(self, folder: Path) -> None:
        shutil.copytree(self.home.public, folder, dirs_exist_ok=True)

    def put_back(self, folder: Path) -> None:
        shutil.rmtree(self.home.public)
        shutil.copytree(folder, self.home.public)


def film(texts: list[str], path: Path, *, kind: str = "licence") -> Path:
    """A film for the fake camera: each code, held up a little turned, in front of grey, on 720p."""
    frames = []
    for turn in range(10):
        picture = Image.new("L", (1280, 720), 150)
        for place, text in enumerate(texts):
            code = Image.open(_png(text, kind)).convert("L").resize((600, 600))
            code = code.rotate(
                turn - 4, fillcolor=150, expand=True, resample=Image.Resampling.BICUBIC
            )
            left = (1280 - code.width) // 2 if len(texts) == 1 else place * 640
            picture.paste(code, (left, (720 - code.height) // 2))
        frames.append(np.asarray(picture).tobytes())
    grey = bytes([128]) * (640 * 360 * 2)
    with path.open("wb") as file:
        file.write(b"YUV4MPEG2 W1280 H720 F10:1 Ip A1:1 C420jpeg\n")
        for frame in frames:
            file.write(b"FRAME\n" + frame + grey)
    return path


def _png(text: str, kind: str) -> Any:
    return BytesIO(qr.png(text, kind, module_px=6))


def picture(text: str, path: Path, *, kind: str = "licence") -> Path:
    path.write_bytes(qr.png(text, kind, module_px=6))
    return path
