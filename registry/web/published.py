"""What anyone may fetch: what the issuing office has published, and the public verifier page.

The addresses are those of the wire format (``credential/FORMAT.md``): status lists at ``/s/N``, the rest
under ``/.well-known/yizheng/``; the page at ``/v``. All of it is files that any server can give as well; only
the signed time and the page's settings are made here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Response, abort, jsonify, render_template, request, send_file

from registry.web.access import ANYONE, access
from registry.web.limits import limiter

_FILES: Final = frozenset({"trust-list", "snapshot", "bundle"})
_TYPES: Final = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
}
_PACKED: Final = (("br", ".br"), ("gzip", ".gz"))
_A_MINUTE_S: Final = 60
_A_YEAR_S: Final = 365 * 24 * 3600


def publication(public: Path, signed_time: Callable[[], bytes]) -> Blueprint:
    """Status lists, trust lists, snapshot and bundle out of ``public``; ``signed_time`` signs the present."""
    blueprint = Blueprint("published", __name__)

    @blueprint.get("/s/<int:number>")
    @access(ANYONE)
    @limiter.exempt
    def status_list(number: int) -> Response:
        return _signed(public / "s" / str(number), "application/statuslist+cwt")

    @blueprint.get("/.well-known/yizheng/<name>")
    @access(ANYONE)
    @limiter.exempt
    def well_known(name: str) -> Response:
        if name not in _FILES:
            abort(404)
        return _signed(public / name, "application/cbor")

    @blueprint.get("/.well-known/yizheng/trust-lists/<int:version>")
    @access(ANYONE)
    @limiter.exempt
    def trust_list(version: int) -> Response:
        return _signed(public / "trust-lists" / str(version), "application/cbor")

    @blueprint.get("/.well-known/yizheng/time")
    @access(ANYONE)
    @limiter.limit("60 per minute")
    def time() -> Response:
        if not (public / "trust-list").is_file():
            abort(404)  # nobody signs here yet
        response = Response(signed_time(), mimetype="application/cbor")
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response

    return blueprint


def verifier_page(dist: Path, settings: Callable[[], Mapping[str, Any]]) -> Blueprint:
    """The public page out of ``dist``; where it has not been built, a page that says how to build it."""
    blueprint = Blueprint("verifier_page", __name__)

    @blueprint.get("/v", strict_slashes=False)
    @access(ANYONE)
    @limiter.exempt
    def page() -> Response | tuple[str, int]:
        if not (dist / "index.html").is_file():
            return render_template("registry/not_built.html"), 503
        return _built(dist, "index.html")

    @blueprint.get("/v/config.json")
    @access(ANYONE)
    @limiter.exempt
    def config() -> Response:
        response = jsonify(settings())
        response.headers["Cache-Control"] = "no-cache"
        return response

    @blueprint.get("/v/<name>")
    @access(ANYONE)
    @limiter.exempt
    def file(name: str) -> Response:
        return _built(dist, name)

    return blueprint


def _signed(path: Path, mimetype: str) -> Response:
    if not path.is_file():
        abort(404)
    response = send_file(path.resolve(), mimetype=mimetype, max_age=_A_MINUTE_S)
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _built(dist: Path, name: str) -> Response:
    """A file of the page, packed as the browser takes it. A hash in its name means it never changes."""
    plain = dist / name
    if "/" in name or name.startswith(".") or plain.suffix not in _TYPES or not plain.is_file():
        abort(404)
    packed, path = _packed(plain)
    response = send_file(path.resolve(), mimetype=_TYPES[plain.suffix])
    if packed:
        response.headers["Content-Encoding"] = packed
    response.vary.add("Accept-Encoding")
    never_changes = len(plain.suffixes) == 2 and len(plain.suffixes[0]) == 13
    response.headers["Cache-Control"] = (
        f"public, max-age={_A_YEAR_S}, immutable" if never_changes else "no-cache"
    )
    if name == "sw.js":
        response.headers["Service-Worker-Allowed"] = "/v"
    return response


def _packed(plain: Path) -> tuple[str, Path]:
    for encoding, suffix in _PACKED:
        path = plain.with_name(plain.name + suffix)
        if request.accept_encodings[encoding] and path.is_file():
            return encoding, path
    return "", plain
