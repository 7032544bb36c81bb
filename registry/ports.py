"""What the registry asks of the outside: credentials, proof of identity, couriers.

`CredentialDesk` is the one seam between records and signatures. The registry knows what a credential
shall say and in which state it shall be; whoever stands behind the port signs and publishes. An order
may be asked for again after a crash: the same ``cti`` must give the same credential, never a second one.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import smtplib
import subprocess
import urllib.request
from dataclasses import dataclass, field
from datetime import date, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol

from registry.accounts import IdNumber
from registry.credentials import CredentialKind, Facts
from registry.record import Gender


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueRequest:
    """One credential to be signed. ``cti`` is its id of 8 bytes, drawn when it was ordered."""

    cti: bytes
    authority: str
    """The code of the authority that approved the record; its issuer signs."""
    kind: CredentialKind
    version: int
    facts: Facts
    portrait: bytes


@dataclass(frozen=True, slots=True)
class Signed:
    """A credential's COSE message, and the end of its life."""

    message: bytes
    expires_at: datetime


class CredentialDesk(Protocol):
    """Issues credentials and keeps their status."""

    def issue(self, request: IssueRequest, *, now: datetime) -> Signed:
        """The signed credential; the same one when ``cti`` has been issued before."""

    # Of a credential that was never issued, these four raise `CredentialUnknownError`.

    def suspend(self, cti: bytes) -> None: ...

    def resume(self, cti: bytes) -> None: ...

    def revoke(self, cti: bytes) -> None: ...

    def supersede(self, cti: bytes) -> None: ...

    def publish(self, *, now: datetime) -> None:
        """Publishes status marks, snapshot and bundle, and signs anew what would run out."""


class DeskUnavailableError(Exception):
    """The credential desk cannot serve an order now; it stays pending and is tried again."""


class CredentialUnknownError(DeskUnavailableError):
    """The credential desk has never issued that credential."""


@dataclass(frozen=True, slots=True)
class Proof:
    """The outcome of a proof of identity. ``stand_in`` is said aloud wherever the proof is shown."""

    passed: bool
    reason: str
    gender: Gender | None = None
    born_on: date | None = None
    stand_in: str = ""


class IdentityProof(Protocol):
    """实名实人认证: name, identity number and a living face."""

    def prove(self, *, name: str, id_number: str, face: bytes, today: date) -> Proof: ...


class LocalIdentityProof:
    """Checks what can be checked here: name, check digit, date. The face step compares nothing and
    says so in every proof it gives."""

    FACE_STAND_IN = "face step not performed: local stand-in without a face service"

    def prove(self, *, name: str, id_number: str, face: bytes, today: date) -> Proof:  # noqa: ARG002
        number = IdNumber.parse(id_number, today=today)
        if number is None:
            return Proof(passed=False, reason="ID_NUMBER", stand_in=self.FACE_STAND_IN)
        if not IdNumber.is_person_name(name):
            return Proof(passed=False, reason="NAME", stand_in=self.FACE_STAND_IN)
        return Proof(
            passed=True,
            reason="",
            gender=number.gender,
            born_on=number.born_on,
            stand_in=self.FACE_STAND_IN,
        )


class CourierUnavailableError(Exception):
    """A message could not be handed on; it names the kind of failure, never the message."""


class Courier(Protocol):
    """Carries short messages to a telephone or mailbox."""

    def send(self, *, to: str, subject: str, text: str) -> None: ...


@dataclass(slots=True)
class LocalOutbox:
    """Writes messages to a directory instead of sending them: for demonstrations and tests."""

    directory: Path
    _count: int = field(default=0)

    def send(self, *, to: str, subject: str, text: str) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self._count = sum(1 for _ in self.directory.iterdir()) + 1
        path = self.directory / f"{self._count:06}.txt"
        path.write_text(f"to: {to}\nsubject: {subject}\n\n{text}\n", "utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookCourier:
    """Hands each message to a service over https: POST of ``{"to", "subject", "text"}`` as JSON, with
    the header ``X-Yizheng-Signature``, the hex HMAC-SHA256 of the body under the shared secret. Any status
    but 2xx is a failure."""

    url: str
    secret: bytes
    timeout_s: float = 10

    def send(self, *, to: str, subject: str, text: str) -> None:
        said = {"to": to, "subject": subject, "text": text}
        body = json.dumps(said, ensure_ascii=False).encode()
        signature = hmac.new(self.secret, body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Yizheng-Signature": signature}
        request = urllib.request.Request(self.url, body, headers)  # noqa: S310 - from the settings
        try:
            with urllib.request.urlopen(request, timeout=self.timeout_s):  # noqa: S310
                pass
        except OSError as error:
            raise CourierUnavailableError(type(error).__name__) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandCourier:
    """Hands each message to a command: the receiver as its one argument, the text on standard input. Any
    exit status but 0 is a failure."""

    command: str
    timeout_s: float = 10

    def send(self, *, to: str, subject: str, text: str) -> None:  # noqa: ARG002 - a short message
        try:
            subprocess.run(  # noqa: S603 - the operator's own command, no shell
                [self.command, to],
                input=text.encode(),
                timeout=self.timeout_s,
                check=True,
                capture_output=True,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise CourierUnavailableError(type(error).__name__) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpCourier:
    """E-mail through an SMTP server with STARTTLS."""

    host: str
    port: int
    sender: str
    username: str = ""
    password: str = ""
    timeout_s: float = 10

    def send(self, *, to: str, subject: str, text: str) -> None:
        try:
            self._send(to, subject, text)
        except OSError as error:  # smtplib's own are among them
            raise CourierUnavailableError(type(error).__name__) from error

    def _send(self, to: str, subject: str, text: str) -> None:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, to, subject
        message.set_content(text)
        with smtplib.SMTP(self.host, self.port, timeout=self.timeout_s) as server:
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls()
            if self.username:
                server.login(self.username, self.password)
            server.send_message(message)
