"""``yizheng-issue``: an issuing office at the command line. Only here the clock and chance come in.

Every refusal ends in one line ``CODE:part`` with the words for it, and exit status 1; a wrong call in
2. The passphrase comes from ``--passphrase-file`` or ``YIZHENG_KEY_PASSPHRASE``, never from an argument,
which other users of the machine could read.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import click

from credential import facts as facts_json
from credential import qr
from credential.claims import CTI_BYTES, Face, Kind
from credential.errors import Code, CredentialError
from credential.keys import Algorithm
from credential.messages import message
from credential.options import Moment, at_option
from credential.text import Text
from credential.trust_list import Bundle, Environment, KeyRecord, Purpose
from issuer import mandates, office, portrait
from issuer.home import Home
from issuer.ledger import Action
from issuer.office import Authority
from issuer.publish import Published, publish
from issuer.signer import read_secret

_ALGORITHMS: Final = {"es256": Algorithm.ES256, "eddsa": Algorithm.EDDSA}
_SIZES: Final = {
    Kind.LICENCE: portrait.LICENCE,
    Kind.BADGE: portrait.BADGE,
    Kind.IDENTITY_CODE: portrait.IDENTITY_CODE,
}


class _Group(click.Group):
    """Turns a named refusal into one line and exit status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except CredentialError as error:
            refused = error
        except (OSError, sqlite3.OperationalError) as error:
            if isinstance(error, BrokenPipeError):
                raise
            where = getattr(error, "filename", None) or ctx.params["folder"]
            detail = getattr(error, "strerror", None) or str(error)
            refused = CredentialError(Code.FOLDER_UNUSABLE, str(where), detail)
        words = message(refused.code)
        raise click.ClickException(f"{refused} — {words.zh} {words.en}") from None


_file = click.Path(exists=True, dir_okay=False, path_type=Path)


def _now(at: datetime | None) -> datetime:
    return at if at is not None else datetime.now(UTC)


def _seconds(at: datetime | None) -> int:
    return int(_now(at).timestamp())


def _print(result: dict[str, Any]) -> None:
    click.echo(json.dumps(result, ensure_ascii=False))


@click.group(cls=_Group)
@click.option(
    "--home",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="The issuer's folder.",
)
@click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File with the passphrase of the keys (else YIZHENG_KEY_PASSPHRASE).",
)
@click.version_option(package_name="yizheng")
@click.pass_context
def main(ctx: click.Context, folder: Path, passphrase_file: Path | None) -> None:
    """Sign electronic licences, badges and identity codes, and publish what verifiers need."""
    if passphrase_file is not None:
        passphrase = read_secret(passphrase_file).rstrip(b"\r\n")
    else:
        passphrase = os.environ.get("YIZHENG_KEY_PASSPHRASE", "").encode()
    if not passphrase:
        raise click.UsageError("no passphrase: give --passphrase-file or YIZHENG_KEY_PASSPHRASE")
    ctx.obj = Home(folder, passphrase=passphrase)


# --- the office -------------------------------------------------------------------------------


@main.command()
@click.option("--issuer", required=True, help="URI of the first authority, e.g. https://HOST/i/1.")
@click.option("--name", required=True, help="Its name in Chinese.")
@click.option("--name-en", required=True, help="Its name in English.")
@click.option(
    "--region",
    "regions",
    multiple=True,
    required=True,
    help="GB/T 2260 prefix it may register for, or *; may be repeated.",
)
@click.option("--host", help="Host of the public page and of the lists (else the issuer's).")
@click.option(
    "--environment",
    type=click.Choice([str(e) for e in Environment]),
    default="test",
    show_default=True,
)
@click.option("--alg", type=click.Choice(list(_ALGORITHMS)), default="es256", show_default=True)
@at_option
@click.pass_obj
def init(
    home: Home,
    issuer: str,
    name: str,
    name_en: str,
    regions: tuple[str, ...],
    host: str | None,
    environment: str,
    alg: str,
    at: datetime | None,
) -> None:
    """Make anchor, keys, first trust list, first publication, and a trust store pinned to them."""
    now, own_host = _seconds(at), _host(issuer)
    content, published = office.found(
        home,
        Authority(issuer, Text(name, name_en), regions),
        host=host or own_host,
        environment=Environment(environment),
        algorithm=_ALGORITHMS[alg],
        now=now,
    )
    _print(
        {
            "home": str(home.folder),
            "environment": environment,
            "issuer": issuer,
            "anchors": _pin_store(home, now),
            "keys": [_key_row(record) for record in content.keys],
            "published": _published(published),
            "trust": str(home.trust),
        }
    )


def _pin_store(home: Home, now: int) -> str:
    """Leaves a reader's store beside the keys, so that the office can check what it signs.

    The one place where the issuer knows the verifier: both ends of one command line.
    """
    from verifier.trust import Pin, TrustStore  # noqa: PLC0415

    store, bundle = TrustStore(home.trust), (home.public / "bundle").read_bytes()
    pin = Pin.of(Bundle.from_bytes(bundle).trust)
    store.pin(pin)
    store.update(bundle, now=now, older=lambda _version: None)
    return pin.fingerprint


@main.command(name="publish")
@at_option
@click.pass_obj
def publish_command(home: Home, at: datetime | None) -> None:
    """Sign and write status lists, snapshot and bundle into DIR/public. Needs no anchor."""
    _print(_published(publish(home, now=_seconds(at))))


@main.group()
def trust() -> None:
    """The trust list, signed by the anchors."""


@trust.command()
@click.option(
    "--new-epoch",
    is_flag=True,
    help="After restoring a backup: readers forget snapshot versions, not revocations.",
)
@at_option
@click.pass_obj
def renew(home: Home, new_epoch: bool, at: datetime | None) -> None:
    """Sign the next version of the trust list, good for 90 days."""
    content = office.amend(
        home, mandates.with_new_epoch if new_epoch else lambda same: same, now=_seconds(at)
    )
    _print(
        {
            "trust_version": content.version,
            "epoch": content.epoch,
            "exp": content.exp,
            "next": "yizheng-issue publish",
        }
    )


# --- keys -------------------------------------------------------------------------------------


@main.group()
def keys() -> None:
    """Keys and their mandates in the trust list. Every change signs its next version."""


@keys.command(name="list")
@click.pass_obj
def list_keys(home: Home) -> None:
    """Show every key: what it may sign, for whom, until when, and whether it is held here."""
    content = home.content()
    rows = [_key_row(record) | {"held": home.holds(record.kid)} for record in content.keys]
    anchors = [
        {"kid": a.kid.hex(), "purposes": ["anchor"], "held": home.holds(a.kid)}
        for a in content.anchors
    ]
    _print({"trust_version": content.version, "exp": content.exp, "keys": rows + anchors})


@keys.command()
@click.option("--issuer", required=True, help="URI of the authority; a new one is added.")
@click.option("--name", help="Its name in Chinese (a new authority).")
@click.option("--name-en", help="Its name in English (a new authority).")
@click.option("--region", "regions", multiple=True, help="GB/T 2260 prefix (a new authority).")
@click.option(
    "--purpose",
    "purposes",
    multiple=True,
    type=click.Choice([*(str(p) for p in Purpose), "anchor"]),
    help="Only these keys (else licence, badge, identity-code and status-list).",
)
@click.option("--alg", type=click.Choice(list(_ALGORITHMS)), default="es256", show_default=True)
@click.option(
    "--not-before",
    type=Moment(),
    help="First use; later than the life of cached trust lists when a key is replaced.",
)
@at_option
@click.pass_obj
def new(
    home: Home,
    issuer: str,
    name: str | None,
    name_en: str | None,
    regions: tuple[str, ...],
    purposes: tuple[str, ...],
    alg: str,
    not_before: datetime | None,
    at: datetime | None,
) -> None:
    """Add keys: an authority's four, or new ones to replace old ones."""
    _host(issuer)
    now, algorithm, before = _seconds(at), _ALGORITHMS[alg], home.content()
    known = next((record for record in before.keys if record.iss == issuer), None)
    if known is not None:
        authority = Authority(issuer, known.name, regions or known.regions)
    elif name and name_en and regions:
        authority = Authority(issuer, Text(name, name_en), regions)
    else:
        raise click.UsageError("a new authority needs --name, --name-en and --region")
    wanted = [Purpose(purpose) for purpose in purposes if purpose != "anchor"]
    more = {"more": office.new_anchor(home, algorithm=algorithm)} if "anchor" in purposes else {}
    content = office.add_keys(
        home,
        authority,
        wanted or ([] if purposes else mandates.AUTHORITY),
        algorithm=algorithm,
        start=_seconds(not_before) if not_before else now,
        now=now,
        **more,
    )
    _print(
        {
            "trust_version": content.version,
            "issuer": issuer,
            "keys": [_key_row(record) for record in content.keys[len(before.keys) :]],
            "anchors": [anchor.kid.hex() for anchor in content.anchors],
            "next": "yizheng-issue publish",
        }
    )


@keys.command()
@click.argument("kid")
@at_option
@click.pass_obj
def retire(home: Home, kid: str, at: datetime | None) -> None:
    """End a key's signing; what it signed stays good. An anchor is taken off the list."""
    _change(home, kid, at, "retire")


@keys.command()
@click.argument("kid")
@at_option
@click.pass_obj
def compromise(home: Home, kid: str, at: datetime | None) -> None:
    """Refuse everything a stolen key ever signed."""
    _change(home, kid, at, "compromise")


def _change(home: Home, kid: str, at: datetime | None, what: str) -> None:
    change = {"retire": mandates.retired, "compromise": mandates.compromised}[what]
    now, key_id = _seconds(at), _bytes(kid, "KID")
    content = office.amend(home, lambda listed: change(listed, key_id, now=now), now=now)
    _print({"trust_version": content.version, what: kid, "next": "yizheng-issue publish"})


# --- credentials ------------------------------------------------------------------------------


def _issuing(command: Any) -> Any:
    """The options that the three kinds share."""
    for option in reversed(
        (
            click.option("--issuer", help="URI of the authority (else the first one)."),
            click.option(
                "--facts",
                "facts_file",
                required=True,
                type=click.File("rb"),
                help="Facts as JSON; - is standard input.",
            ),
            click.option("--photo", type=_file, help="The confirmed portrait: JPEG, PNG or WebP."),
            click.option(
                "--form", type=click.Choice(["bare", "link"]), default="bare", show_default=True
            ),
            click.option(
                "--out",
                type=click.Path(path_type=Path, dir_okay=False),
                help="Also write FILE.png, FILE.svg or FILE.txt.",
            ),
            at_option,
            click.pass_obj,
        )
    ):
        command = option(command)
    return command


@main.command()
@_issuing
def licence(home: Home, **asked: Any) -> None:
    """Issue an electronic licence (电子证照)."""
    _issue(home, Kind.LICENCE, **asked)


@main.command()
@_issuing
def badge(home: Home, **asked: Any) -> None:
    """Issue a badge (工牌)."""
    _issue(home, Kind.BADGE, **asked)


@main.command(name="identity-code")
@_issuing
def identity_code(home: Home, **asked: Any) -> None:
    """Issue an identity code (电子身份码), good for 30 seconds."""
    _issue(home, Kind.IDENTITY_CODE, **asked)


@main.command()
@click.argument("cti")
@click.argument("action", type=click.Choice([str(a) for a in Action]))
@click.pass_obj
def status(home: Home, cti: str, action: str) -> None:
    """Mark a credential; readers see it after the next publish."""
    home.signed_list()
    with home.ledger() as ledger:
        entry = ledger.act(_bytes(cti, "CTI"), Action(action))
    _print(
        {
            "cti": cti,
            "kind": entry.kind.slug,
            "status": entry.status.name.lower(),
            "next": "yizheng-issue publish",
        }
    )


def _issue(
    home: Home,
    kind: Kind,
    *,
    issuer: str | None,
    facts_file: Any,
    photo: Path | None,
    form: str,
    out: Path | None,
    at: datetime | None,
) -> None:
    draw = _writer(out)
    now = _now(at)
    said = facts_json.from_json(kind, _read_json(facts_file), face=_face(kind, photo))
    iss = issuer or home.content().keys[0].iss
    issued = home.issue(said, iss=iss, cti=secrets.token_bytes(CTI_BYTES), now=now)
    text = issued.bare() if form == "bare" else issued.link(home.content().hosts[0])
    planned = qr.plan(text, kind.slug)
    draw(text, kind.slug)
    credential = issued.credential
    ref = credential.status
    _print(
        {
            "text": text,
            "cti": credential.cti.hex(),
            "kid": issued.kid.hex(),
            "iat": credential.iat,
            "exp": credential.exp,
            "qr_version": planned.version,
            "chars": len(text),
            "status": {"idx": ref.idx, "uri": ref.uri} if ref else None,
        }
    )


def _read_json(file: Any) -> Any:
    try:
        return json.load(file)
    except ValueError as error:
        raise CredentialError(Code.CLAIM_TYPE, "facts", f"not JSON: {error}") from error


def _face(kind: Kind, photo: Path | None) -> Face:
    if photo is None:
        raise CredentialError(Code.CLAIM_MISSING, "face", "give --photo FILE")
    size = _SIZES[kind]
    return Face(
        portrait.reduce(
            photo.read_bytes(), width=size.width, height=size.height, budget=size.budget
        )
    )


def _writer(out: Path | None) -> Callable[[str, str], object]:
    """How to write ``out``, by its ending; a wrong ending is refused before anything is signed."""
    if out is None:
        return lambda _text, _kind: None
    make: dict[str, Callable[[str, str], bytes]] = {
        ".png": qr.png,
        ".svg": qr.svg,
        ".txt": lambda text, _kind: text.encode(),
    }
    if out.suffix.lower() not in make:
        raise click.UsageError("--out must end in .png, .svg or .txt")
    return lambda text, kind: out.write_bytes(make[out.suffix.lower()](text, kind))


# --- small parts ------------------------------------------------------------------------------


def _host(issuer: str) -> str:
    parts = urlsplit(issuer)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise click.UsageError("--issuer is a full URI such as https://HOST/i/1")
    return parts.netloc


def _bytes(text: str, name: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise click.UsageError(f"{name} is written in hexadecimal") from None


def _key_row(record: KeyRecord) -> dict[str, Any]:
    return {
        "kid": record.kid.hex(),
        "iss": record.iss,
        "name": record.name.zh,
        "purposes": sorted(record.purposes),
        "regions": list(record.regions),
        "algorithm": record.key.algorithm.name,
        "not_before": record.not_before,
        "sign_until": record.sign_until,
        "verify_until": record.verify_until,
        "compromised": record.compromised,
    }


def _published(published: Published) -> dict[str, Any]:
    return {
        "snapshot_version": published.snapshot_version,
        "trust_version": published.trust_version,
        "lists": published.lists,
        "signed_lists": published.signed_lists,
        "bundle_bytes": published.bundle_bytes,
    }
