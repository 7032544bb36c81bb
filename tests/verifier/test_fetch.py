"""Downloads from a real server on this machine that misbehaves in every way a server can."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from credential.errors import Code, CredentialError
from tests import office
from tests.conftest import Desk
from tests.office import NOW
from verifier import fetch
from verifier.trust import TrustStore

BUNDLE = office.bundle()


class _Server(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path.startswith("/loop"):
            self.send_response(302)
            self.send_header("Location", "/loop")
            self.end_headers()
            return
        self.send_response(404 if self.path.startswith("/missing") else 200)
        self.end_headers()
        if self.path.startswith("/endless"):
            with_break = b"\0" * 1024 * 1024
            for _ in range(200):
                try:
                    self.wfile.write(with_break)
                except OSError:
                    return
        elif self.path.startswith("/silent"):
            self.server.stopping.wait(5)  # type: ignore[attr-defined]
        elif self.path.startswith("/trickle"):
            while not self.server.stopping.wait(0.05):  # type: ignore[attr-defined]
                try:
                    self.wfile.write(b"\0")
                except OSError:
                    return
        elif self.path.endswith("/trust-lists/6"):
            self.wfile.write(b"six")
        elif self.path.endswith("/snapshot"):
            self.wfile.write(BUNDLE.snapshot)
        elif self.path.endswith("/bundle"):
            self.wfile.write(BUNDLE.to_bytes())

    def log_message(self, *_args: object) -> None:
        """Says nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    running.stopping = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{running.server_address[1]}"
    running.stopping.set()  # type: ignore[attr-defined]
    running.shutdown()
    running.server_close()
    thread.join()


def code(error: pytest.ExceptionInfo[CredentialError]) -> Code:
    return error.value.code


def test_a_bundle_and_what_lies_beside_it(server: str) -> None:
    address = f"{server}/.well-known/yizheng/bundle"
    assert fetch.bundle(address) == BUNDLE.to_bytes()
    assert fetch.snapshot(address) == BUNDLE.snapshot
    assert fetch.trust_list(address, 6) == b"six"
    assert fetch.trust_list(f"{server}/missing/bundle", 7) is None


def test_a_bundle_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "trust-lists").mkdir()
    (tmp_path / "trust-lists" / "6").write_bytes(b"six")
    (tmp_path / "bundle").write_bytes(b"b")
    assert fetch.bundle(str(tmp_path / "bundle")) == b"b"
    assert fetch.trust_list(str(tmp_path / "bundle"), 6) == b"six"
    assert fetch.trust_list(str(tmp_path / "bundle"), 7) is None
    with pytest.raises(CredentialError) as told:
        fetch.bundle(str(tmp_path / "none"))
    assert code(told) is Code.SOURCE_MISSING


def test_an_endless_download_ends_at_the_limit(server: str) -> None:
    with pytest.raises(CredentialError) as told:
        fetch.bundle(f"{server}/endless")
    assert code(told) is Code.SIZE_LIMIT


def test_a_silent_server_and_one_that_trickles_run_out_of_time(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "STALL_S", 0.3)
    monkeypatch.setattr(fetch, "DEADLINE_S", 0.5)
    for path in ("silent", "trickle"):
        with pytest.raises(CredentialError) as told:
            fetch.bundle(f"{server}/{path}")
        assert code(told) is Code.TIMEOUT, path


def test_a_redirect_loop_a_missing_file_and_no_server_are_unreachable(server: str) -> None:
    for address in (f"{server}/loop", f"{server}/missing/bundle", "http://127.0.0.1:9/bundle"):
        with pytest.raises(CredentialError) as told:
            fetch.bundle(address)
        assert code(told) is Code.UNREACHABLE, address


def test_a_failed_download_leaves_what_was_held(server: str, tmp_path: Path) -> None:
    store = TrustStore(tmp_path)
    store.pin(office.pin())
    held = store.update(BUNDLE.to_bytes(), now=NOW, older=lambda _version: None)
    with pytest.raises(CredentialError):
        store.update(fetch.bundle(f"{server}/endless"), now=NOW, older=lambda _version: None)
    assert store.load() == held


def test_the_command_updates_over_http_and_sees_that_nothing_changed(
    server: str, desk: Desk
) -> None:
    store = TrustStore(desk.folder / "office")
    store.pin(office.pin())
    address = f"{server}/.well-known/yizheng/bundle"
    for _ in range(2):
        done = desk.verify(
            "update", "--trust", "office", "--at", "2026-11-22T10:00:00+08:00", address
        )
        assert done.status == 0, done.err
        assert done.json()["snapshot_version"] == 7
