"""E-mail goes out over SMTP to a server that really listens, on this machine."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy

import pytest

from registry.ports import CourierUnavailableError, SmtpCourier


class _Session(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as one message needs."""

    def handle(self) -> None:
        self._say("220 ready")
        while line := self.rfile.readline().decode().strip():
            word = line.upper()
            if word.startswith("DATA"):
                self._say("354 go on")
                self.server.letters.append(self._letter())  # type: ignore[attr-defined]
                self._say("250 kept")
            elif word.startswith("QUIT"):
                self._say("221 bye")
                return
            elif word.startswith("RCPT") and "nobody" in line:
                self._say("550 no such mailbox")
            else:
                self._say("250 ok")

    def _letter(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        return b"".join(lines)

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def server() -> Iterator[socketserver.ThreadingTCPServer]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Session) as running:
        running.letters = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def courier(server: socketserver.ThreadingTCPServer) -> SmtpCourier:
    return SmtpCourier(
        host="127.0.0.1", port=server.server_address[1], sender="desk@yizheng.example"
    )


def test_a_message_arrives_as_it_was_written(server: socketserver.ThreadingTCPServer) -> None:
    text = "您的注册申请已获批准。\nYour registration has been approved.\n"
    courier(server).send(to="lin@hospital.example", subject="业务办理结果", text=text)
    (letter,) = server.letters  # type: ignore[attr-defined]
    read = message_from_bytes(letter, policy=policy.default)
    assert (read["To"], read["Subject"]) == ("lin@hospital.example", "业务办理结果")
    assert read.get_content().replace("\r\n", "\n") == text


def test_a_refused_mailbox_and_a_server_that_is_not_there_are_errors(
    server: socketserver.ThreadingTCPServer,
) -> None:
    with pytest.raises(CourierUnavailableError, match="SMTPRecipientsRefused"):
        courier(server).send(to="nobody@hospital.example", subject="x", text="y")
    assert server.letters == []  # type: ignore[attr-defined]
    gone = SmtpCourier(host="127.0.0.1", port=9, sender="desk@yizheng.example", timeout_s=1)
    with pytest.raises(CourierUnavailableError, match="ConnectionRefusedError"):
        gone.send(to="lin@hospital.example", subject="x", text="y")
