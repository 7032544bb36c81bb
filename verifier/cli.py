"""``yizheng-verify``: check codes without a network. Only here the clock is read.

Exit status of ``check``: 1 if any source is refused, else 2 if any is undetermined or unreadable,
else 0. A source is a picture, a text file, ``-``, or the text itself. Nothing checked is stored.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final

import click

from credential import codelists, envelope, facts
from credential.claims import Filing, Kind
from credential.errors import Code, CredentialError
from credential.messages import message
from credential.options import at_option
from credential.picture import SIGNATURES
from credential.text import Text
from credential.trust_list import Bundle
from verifier.errors import About, Verdict, VerificationError, verdict_of
from verifier.replay import SeenCodes
from verifier.trust import Pin, Trust, TrustStore
from verifier.verify import Verified, verify

# Shown times are China's; it has had no summer time since 1991.
_SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
_PICTURES: Final = tuple(SIGNATURES.values())
_FILE_ENDINGS: Final = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".txt", ".svg")
_MAX_SOURCE_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Result:
    """What a check of one source came to; ``verified`` is there when the verdict is valid."""

    source: str
    verified: Verified | None = None
    error: VerificationError | None = None
    notices: tuple[Code, ...] = ()

    @property
    def verdict(self) -> Verdict:
        return self.error.verdict if self.error else Verdict.VALID


@click.group()
@click.version_option(package_name="yizheng")
def main() -> None:
    """Check physician credentials (电子证照, 电子身份码, 工牌) offline."""


def _default_store() -> Path:
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(os.environ.get("YIZHENG_TRUST") or Path(base) / "yizheng" / "trust")


_store = click.option(
    "--trust",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=_default_store,
    help="Trust store (else YIZHENG_TRUST, else the user's own).",
)


@main.command()
@_store
@at_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object per source.")
@click.option(
    "--kind", type=click.Choice([kind.slug for kind in Kind]), help="Refuse any other kind."
)
@click.option(
    "--photo-out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the portrait of the (last) valid code to this file.",
)
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
def check(
    folder: Path,
    at: datetime | None,
    as_json: bool,
    kind: str | None,
    photo_out: Path | None,
    sources: tuple[str, ...],
) -> None:
    """Check codes: pictures, text files, - for standard input, or the text itself."""
    now = at or datetime.now(UTC)
    trust = _trust(folder, own_clock=at is None, now=now)
    seen, verdicts = SeenCodes(), []
    for source in sources:
        result = _check(source, trust, now=now, kind=kind, seen=seen)
        verdicts.append(result.verdict)
        if result.verified and photo_out:
            photo_out.write_bytes(result.verified.credential.facts.face.image)
        if as_json:
            click.echo(json.dumps(_as_json(result, trust, now.timestamp()), ensure_ascii=False))
        else:
            _show(result)
    if Verdict.REFUSED in verdicts:
        sys.exit(1)
    if Verdict.UNDETERMINED in verdicts:
        sys.exit(2)


def _trust(folder: Path, *, own_clock: bool, now: datetime) -> Trust | CredentialError:
    """What the store holds, or why nothing can be checked with it."""
    try:
        trust = TrustStore(folder).load()
        if own_clock:
            trust.check_clock(now.timestamp())
    except CredentialError as error:
        return error
    return trust


def _check(
    source: str, trust: Trust | CredentialError, *, now: datetime, kind: str | None, seen: SeenCodes
) -> Result:
    try:
        text, beside = _text_of(source)
        if isinstance(trust, CredentialError):
            raise trust
        verified = verify(text, trust=trust, now=now)
        if kind is not None and verified.kind.slug != kind:
            raise CredentialError(Code.KIND_UNEXPECTED, verified.kind.slug)
    except VerificationError as error:
        return Result(source, error=error, notices=error.notices)
    except CredentialError as error:
        refused = VerificationError(error, verdict=verdict_of(error.code))
        return Result(source, error=refused)
    notices = [*verified.notices, *beside]
    if seen.seen_before(verified, now=now.timestamp()):
        notices.append(Code.CODE_REPLAYED)
    return Result(source, verified=verified, notices=tuple(notices))


# --- sources ----------------------------------------------------------------------------------


def _text_of(source: str) -> tuple[str, tuple[Code, ...]]:
    """The text of a code in ``source``, and notices about where it was found."""
    data = _bytes_of(source)
    if data is None:
        return source, ()
    if data.startswith(_PICTURES):
        return _text_in_picture(data)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise CredentialError(Code.FILE_TYPE, detail="neither a picture nor text") from None
    # The end of the last line belongs to the file, not to the code.
    return text.removesuffix("\n").removesuffix("\r"), ()


def _bytes_of(source: str) -> bytes | None:
    """What lies behind ``source``; None when the source is the text itself."""
    if source == "-":
        data = sys.stdin.buffer.read(_MAX_SOURCE_BYTES + 1)
    else:
        try:
            with Path(source).open("rb") as file:
                data = file.read(_MAX_SOURCE_BYTES + 1)
        except (OSError, ValueError) as error:
            if source.lower().endswith(_FILE_ENDINGS) and not envelope.looks_like_ours(source):
                raise CredentialError(Code.SOURCE_MISSING, detail=str(error)) from None
            return None
    if len(data) > _MAX_SOURCE_BYTES:
        raise CredentialError(Code.SIZE_LIMIT)
    return data


def _text_in_picture(picture: bytes) -> tuple[str, tuple[Code, ...]]:
    """The one code of ours in a picture; two are not guessed between."""
    from verifier import scan  # noqa: PLC0415 - the readers are an extra

    texts = scan.read(picture)
    ours = [text for text in texts if envelope.looks_like_ours(text)]
    if len(ours) > 1 or (not ours and len(texts) > 1):
        raise CredentialError(Code.QR_AMBIGUOUS, detail=f"{len(texts)} codes")
    chosen = (ours or texts)[0]
    return chosen, (Code.OTHER_CODES,) if len(texts) > 1 else ()


# --- results ----------------------------------------------------------------------------------


def _as_json(result: Result, trust: Trust | CredentialError, now: float) -> dict[str, Any]:
    verified, error = result.verified, result.error
    about = About.of(verified.credential) if verified else error.about if error else None
    issuer: dict[str, Any] | None = {"iss": about.iss, "name": None} if about else None
    if verified:
        issuer = {"iss": about.iss, "name": verified.issuer.name._asdict()} if about else None
    words = message(error.code) if error else _VALID[verified.kind] if verified else Text("", "")
    return {
        "source": result.source,
        "verdict": str(result.verdict),
        "code": error.reason if error else None,
        "message": words._asdict(),
        "kind": about.kind.slug if about else None,
        "issuer": issuer,
        "facts": facts.to_json(verified.credential.facts) if verified else None,
        "issued_at": _rfc3339(about.iat) if about else None,
        "expires_at": _rfc3339(about.exp) if about else None,
        "status": _status(result),
        "as_of": _rfc3339(verified.as_of) if verified and verified.as_of else None,
        "trust": _trust_age(trust, now),
        "notices": [str(code) for code in result.notices],
    }


def _status(result: Result) -> str | None:
    """What the status list says: a word of its own, None where no list was asked."""
    if result.verified:
        return "valid" if result.verified.as_of else None
    for code in (result.error.code, *result.notices) if result.error else ():
        if code in (Code.REVOKED, Code.SUSPENDED, Code.SUPERSEDED):
            return str(code).lower()
    return None


def _trust_age(trust: Trust | CredentialError, now: float) -> dict[str, Any] | None:
    if isinstance(trust, CredentialError):
        return None
    return {
        "version": trust.content.version,
        "environment": str(trust.content.environment),
        "age_s": int(now) - trust.content.iat,
    }


def _rfc3339(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


_VALID: Final = {
    Kind.LICENCE: Text("该执业医师证照有效", "This practice licence is valid"),
    Kind.BADGE: Text("该工牌有效", "This badge is valid"),
    Kind.IDENTITY_CODE: Text("该电子身份码有效", "This identity code is valid"),
}
_MARKS: Final = {
    Verdict.VALID: ("✔", "有效 VALID", "green"),
    Verdict.REFUSED: ("✘", "不予认可 REFUSED", "red"),
    Verdict.UNDETERMINED: ("？", "无法判定 UNDETERMINED", "yellow"),
}
_ROWS: Final = (
    ("name", "姓名 Name"),
    ("licence_number", "执业证书编码 Licence no."),
    ("gender", "性别 Sex"),
    ("level", "级别 Level"),
    ("category", "类别 Category"),
    ("scopes", "执业范围 Scopes"),
    ("place", "执业地点 Place"),
    ("institution", "主要执业机构 Institution"),
    ("title", "任职资格 Title"),
    ("approved_on", "批准日期 Approved on"),
    ("filings", "多机构备案 Filings"),
    ("version", "版本 Version"),
)


def _show(result: Result) -> None:
    """The result for a person at a terminal. Nothing of the code reaches the terminal raw."""
    mark, word, colour = _MARKS[result.verdict]
    click.echo(click.style(f"{mark} {word}", fg=colour, bold=True) + f"  {_clean(result.source)}")
    if result.error:
        words = message(result.error.code)
        _row(result.error.reason, f"{words.zh} {words.en}")
    if result.verified:
        _show_verified(result.verified)
    for code in result.notices:
        words = message(code)
        click.echo(click.style(f"  ! {words.zh} {words.en}", fg="yellow"))


def _show_verified(verified: Verified) -> None:
    credential, words = verified.credential, _VALID[verified.kind]
    _row("", f"{words.zh} {words.en}")
    for name, label in _ROWS:
        value = getattr(credential.facts, name, ())
        if value != ():
            _row(label, _words(name, value))
    face = credential.facts.face
    digest = hashlib.sha256(face.image).hexdigest()[:16]
    _row("照片 Photo", f"{face.format}, {len(face.image)} B, SHA-256 {digest}…")
    issuer = verified.issuer
    _row("发证机关 Issuer", f"{issuer.name.zh} {issuer.name.en} <{issuer.iss}>")
    _row("签发 Issued", _china(credential.iat))
    _row("到期 Until", _china(credential.exp))
    if verified.as_of:
        _row("状态截至 Status as of", _china(verified.as_of))


def _words(name: str, value: Any) -> str:
    """A fact as a person reads it: the names of codes, dates in Chinese, lists in one line."""
    with contextlib.suppress(KeyError):
        if name == "place":
            return codelists.place_name(value).zh
        if name in ("gender", "level", "category", "title"):
            return codelists.name(name, value).zh
    if isinstance(value, date):
        return _day(value)
    if isinstance(value, Filing):
        period = f"{_day(value.begins)}至{_day(value.ends)}"
        return f"{value.institution}（{'、'.join(value.scopes)}，{period}）"
    if isinstance(value, tuple):
        return "、".join(_words("", each) for each in value)
    return str(value)


def _day(day: date) -> str:
    return f"{day.year}年{day.month:02}月{day.day:02}日"


def _row(label: str, value: str) -> None:
    click.echo(f"  {_clean(label)}{' ' if label else ''}{_clean(value)}")


def _china(seconds: int) -> str:
    moment = datetime.fromtimestamp(seconds, _SHANGHAI)
    return f"{_day(moment.date())} {moment:%H:%M:%S}"


def _clean(text: str) -> str:
    """``text`` without characters that would move the cursor, hide or turn others; long ones cut."""
    shown = text if len(text) <= 120 else f"{text[:60]}… ({len(text)})"
    return "".join(c if unicodedata.category(c)[0] != "C" else "\ufffd" for c in shown)


# --- trust ------------------------------------------------------------------------------------


@main.command()
@_store
@at_option
@click.argument("source", metavar="FILE-OR-URL")
def update(folder: Path, at: datetime | None, source: str) -> None:
    """Take in a bundle: trust list, snapshot and status lists in one file."""
    from verifier import fetch  # noqa: PLC0415 - sockets and ssl only when asked for

    store, now = TrustStore(folder), (at or datetime.now(UTC)).timestamp()
    try:
        trust = _unchanged(store, fetch.snapshot(source), now) or store.update(
            fetch.bundle(source), now=now, older=lambda version: fetch.trust_list(source, version)
        )
    except CredentialError as error:
        raise _refusal(error) from error
    click.echo(json.dumps(_described(trust), ensure_ascii=False))


def _unchanged(store: TrustStore, snapshot: bytes | None, now: float) -> Trust | None:
    """What the store holds, when the snapshot now served is the one it has."""
    with contextlib.suppress(CredentialError):
        held = store.load()
        held.check_not_expired(now)
        return held if snapshot is not None and snapshot == held.snapshot_message else None
    return None


@main.group(name="trust")
def trust_group() -> None:
    """The trust store."""


@trust_group.command()
@_store
def show(folder: Path) -> None:
    """Show what the store believes, and how old it is."""
    store = TrustStore(folder)
    try:
        pin = store.read_pin()
        described = {"anchors": pin.fingerprint, "environment": str(pin.environment)}
        described |= _described(store.load())
    except CredentialError as error:
        raise _refusal(error) from error
    click.echo(json.dumps(described, ensure_ascii=False, indent=2))


@trust_group.command()
@_store
@click.option("--fingerprint", help="What the issuer printed: refuse any other anchors.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def pin(folder: Path, fingerprint: str | None, file: Path) -> None:
    """Pin a new store to the anchors in FILE, a trust list or bundle got from the issuer.

    Compare the fingerprint with the one the issuer gives on another way.
    """
    try:
        found = Pin.of(_trust_list_in(file.read_bytes()))
        if fingerprint is not None and fingerprint.lower() != found.fingerprint:
            raise CredentialError(Code.TRUST_SIGNATURE, "fingerprint", found.fingerprint)
        TrustStore(folder).pin(found)
    except CredentialError as error:
        raise _refusal(error) from error
    click.echo(
        json.dumps(
            {
                "anchors": found.fingerprint,
                "environment": str(found.environment),
                "trust": str(folder),
            },
            ensure_ascii=False,
        )
    )


@trust_group.command()
@_store
@click.option(
    "--base",
    default="/.well-known/yizheng/",
    show_default=True,
    help="Where snapshot and bundle are served to the page; another origin is allowed.",
)
def config(folder: Path, base: str) -> None:
    """Print config.json for the public page: the first trust that it starts from."""
    try:
        found = TrustStore(folder).read_pin()
    except CredentialError as error:
        raise _refusal(error) from error
    told = {
        "pin": found.to_bytes().hex(),
        "environment": str(found.environment),
        "base": base,
    }
    click.echo(json.dumps(told, indent=2))


def _trust_list_in(data: bytes) -> bytes:
    """The trust list in a file that is one, or is a bundle with one."""
    try:
        return Bundle.from_bytes(data).trust
    except CredentialError:
        return data


def _refusal(error: CredentialError) -> click.ClickException:
    words = message(error.code)
    return click.ClickException(f"{error} — {words.zh} {words.en}")


def _described(trust: Trust) -> dict[str, Any]:
    content, snapshot = trust.content, trust.held_snapshot()
    return {
        "trust_version": content.version,
        "epoch": content.epoch,
        "environment": str(content.environment),
        "issued_at": _rfc3339(content.iat),
        "expires_at": _rfc3339(content.exp),
        "hosts": list(content.hosts),
        "authorities": sorted({record.iss for record in content.keys}),
        "snapshot_version": snapshot.version if snapshot else None,
        "snapshot_at": _rfc3339(snapshot.iat) if snapshot else None,
        "snapshot_expires_at": _rfc3339(snapshot.exp) if snapshot else None,
        "lists": len(snapshot.lists) if snapshot else 0,
    }
