"""Where the packages meet: the Flask application and the `yizheng` command; clock and chance come in here.

    serve         the service, with worker and calendar
    db upgrade    the newest schema           work           carry out orders for credentials
    db check      is the database whole?      issuers        a test issuer for each authority
    db backup     a copy while it is served   audit verify   is the log unbroken?
    seed          a demonstration country     audit head     a signed head, to be kept elsewhere
    import        base data from CSV          audit summary  who did what, how often, on one day
    tick          what has become due         announce       lists to be published
    life          one scripted life, step by step
    admin create  the first administrator's account

Every refusal is one line, ``CODE: words``, and exit status 1; a wrong call is 2. The database is
``--database`` or ``YIZHENG_DATABASE``, an SQLAlchemy URL.
"""

from __future__ import annotations

import contextlib
import csv
import hmac
import json
import os
import secrets
import sys
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import urlsplit

import click
import structlog
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from flask import Flask
from flask_bootstrap import Bootstrap5
from flask_compress import Compress
from flask_wtf.csrf import CSRFProtect
from rich.console import Console
from rich.table import Table
from waitress.server import create_server
from werkzeug.middleware.proxy_fix import ProxyFix

import verifier
from credential import codelists, cose, facts
from credential.claims import Face, Kind
from credential.code_book import DEFAULT_SPAN_S
from credential.envelope import CoseBytes
from credential.errors import Code as CredentialCode
from credential.errors import CredentialError
from credential.files import write_atomically
from credential.keys import Algorithm
from credential.labels import TYP_TIME
from credential.text import Text
from credential.trust_list import Bundle, Environment, Purpose, SignedTime, Snapshot
from issuer import demo_portraits, mandates, office, portrait
from issuer.codes import CodeDesk
from issuer.home import Home
from issuer.ledger import Action as StatusAction
from issuer.office import Authority
from issuer.publish import publish
from registry import (
    audit,
    checkup,
    help_desk,
    ledger,
    mailing,
    messages,
    migrations,
    models,
    offices,
    pocket,
    queues,
    worker,
)
from registry.accounts import hash_password
from registry.credentials import CredentialKind
from registry.deadlines import tick_by_clock
from registry.desk import Desk
from registry.errors import Code, RegistryError, refuse
from registry.imports import Base, load
from registry.kinds import KINDS, ApplicationKind
from registry.members import Post
from registry.periods import CHINA, add_years, china_day, start_of_china_day
from registry.ports import (
    CommandCourier,
    Courier,
    CredentialDesk,
    CredentialUnknownError,
    DeskUnavailableError,
    IdentityProof,
    IssueRequest,
    LocalIdentityProof,
    LocalOutbox,
    Signed,
    SmtpCourier,
    WebhookCourier,
)
from registry.publication import Publication, PublishedKey, PublishedList
from registry.record import Announced, Gender, PersonId
from registry.roles import SYSTEM, Role
from registry.rules import Policy
from registry.seed import DEMO_SIGN_INS, ONE_OF_EACH, PASSWORD, Demo, seed
from registry.store import Store
from registry.web import (
    applications,
    articles,
    desks,
    frame,
    home,
    limits,
    logs,
    manual,
    members,
    published,
    service,
    support,
)
from registry.web.access import check_views
from registry.web.service import Service
from registry.web.settings import Settings, SettingsError
from registry.workflow import Status
from verifier.trust import Pin
from wallet.desk import WalletDesk
from wallet.ports import CodeIssuer, CodeRequest
from wallet.web import pages
from wallet.web.keeping import look_after_books, new_wallet, tell_of_prints
from wallet.web.service import Wallet

DEFAULT_DATABASE = "sqlite:///var/registry.db"
DIST = Path(verifier.__file__).parent / "pwa" / "dist"
MAX_BODY_BYTES = 9 * 1024 * 1024
_LOG = structlog.get_logger("yizheng")


def clock() -> datetime:
    """The one place that reads the wall clock."""
    return datetime.now(UTC)  # noqa: TID251


def new_desk(
    store: Store,
    *,
    new_id: Callable[[], str],
    new_cti: Callable[[], bytes],
    code_key: bytes = b"",
    policy: Policy | None = None,
) -> Desk:
    """The desk over a store whose schema is the newest; ``STORE_UNFIT`` otherwise."""
    newest_or_refuse(store)
    return Desk(
        store=store,
        new_id=new_id,
        new_cti=new_cti,
        code_key=code_key,
        policy=policy or Policy(),
    )


def code_key(settings: Settings) -> bytes:
    """The key of one-time codes: the service's secret, for this purpose and no other."""
    secret = settings.secret_key.get_secret_value().encode()
    return hmac.digest(secret, b"yizheng one-time codes", "sha256")


def newest_or_refuse(store: Store) -> None:
    """``STORE_UNFIT``, with what to run, unless the schema is the newest."""
    if migrations.current(store) != migrations.newest():
        raise refuse(Code.STORE_UNFIT, "yizheng db upgrade")


def create_app(
    settings: Settings,
    *,
    store: Store,
    clock: Callable[[], datetime] = clock,
    new_id: Callable[[], str] | None = None,
    sms: Courier | None = None,
    mail: Courier | None = None,
    identity: IdentityProof | None = None,
    testing: bool = False,
) -> Flask:
    """The one application, for physicians, clerks and the public, over a store with the newest schema."""
    app = Flask("registry.web", static_url_path="/static")
    app.testing = testing
    app.config.update(
        SECRET_KEY=settings.secret_key.get_secret_value(),
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        MAX_FORM_PARTS=500,
        SESSION_COOKIE_NAME="__Host-page" if settings.is_secure else "page",
        SESSION_COOKIE_SECURE=settings.is_secure,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
        RATELIMIT_ENABLED=settings.rate_limits,
        RATELIMIT_STORAGE_URI=settings.rate_storage,
        RATELIMIT_STRATEGY="moving-window",
        BOOTSTRAP_SERVE_LOCAL=True,
        COMPRESS_MIMETYPES=["text/css", "text/javascript", "application/javascript"],
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=1),
    )
    if settings.proxies:
        trusted = dict.fromkeys(("x_for", "x_proto", "x_host"), settings.proxies)
        app.wsgi_app = ProxyFix(app.wsgi_app, **trusted)  # type: ignore[method-assign]
    issuing = office_of(settings)
    service.install(
        app,
        Service(
            desk=new_desk(
                store,
                new_id=new_id or random_id,
                new_cti=random_cti,
                code_key=code_key(settings),
                policy=settings.policy,
            ),
            settings=settings,
            clock=clock,
            sms=sms or sms_of(settings),
            mail=mail or mail_of(settings),
            identity=identity or LocalIdentityProof(),
            publication=issuing.publication,
        ),
    )
    logs.install(app)
    Bootstrap5(app)
    Compress(app)
    CSRFProtect(app)
    limits.limiter.init_app(app)
    frame.install(app)
    for each in (home, members, applications, articles, support, manual):
        app.register_blueprint(each.blueprint)
    for blueprint in desks.BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.register_blueprint(
        published.publication(issuing.home.public, lambda: issuing.time(now=clock()))
    )
    app.register_blueprint(published.verifier_page(DIST, lambda: page_settings(issuing)))
    pages.install(
        app,
        Wallet(
            desk=wallet_over(store, issuing),
            host=settings.host,
            random=secrets.token_bytes,
            drawing_file=built("qr-draw.js"),
        ),
    )
    check_views(app)
    return app


def built(name: str) -> Path | None:
    """A file of the built page by its logical name; None where the page was not built."""
    manifest = DIST / "manifest.json"
    if not manifest.is_file():
        return None
    files: dict[str, str] = json.loads(manifest.read_text("utf-8"))
    return DIST / files[name]


def sms_of(settings: Settings) -> Courier:
    """What carries short messages."""
    if settings.sms == "outbox":
        return LocalOutbox(settings.data / "outbox")
    if settings.sms.startswith("command:"):
        return CommandCourier(command=settings.sms.removeprefix("command:"))
    return WebhookCourier(url=settings.sms, secret=settings.sms_secret.get_secret_value().encode())


def mail_of(settings: Settings) -> Courier:
    """What carries mail."""
    if not settings.smtp_host:
        return LocalOutbox(settings.data / "outbox")
    return SmtpCourier(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=settings.smtp_sender,
        username=settings.smtp_username,
        password=settings.smtp_password.get_secret_value(),
    )


def post_of(settings: Settings) -> Post:
    """What carries messages of either sort."""
    return Post(sms=sms_of(settings), mail=mail_of(settings))


def wallet_over(store: Store, codes: CodeIssuer) -> WalletDesk:
    """The wallet's desk over the registry's database."""
    return new_wallet(store, codes, new_id=random_cti, new_session=lambda: secrets.token_hex(16))


def office_of(settings: Settings) -> IssuingOffice:
    """The issuing office of a deployment."""
    passphrase = settings.key_passphrase.get_secret_value().encode()
    return IssuingOffice(Home(settings.issuer_home, passphrase=passphrase), settings.base_url)


def wsgi() -> Flask:
    """The application for a WSGI server of one's own, set by the environment: ``gunicorn 'app:wsgi()'``.

    Worker and calendar run apart: ``yizheng work`` and ``yizheng tick``.
    """
    settings = Settings.read(os.environ)
    logs.configure(as_json=True)
    return create_app(settings, store=Store.open(settings.database))


def page_settings(issuing: IssuingOffice) -> dict[str, Any]:
    """What the public page is told at its address: the anchors it trusts first, and where lists are."""
    if not issuing.home.exists:
        return {}
    pin = Pin.of((issuing.home.public / "trust-list").read_bytes())
    return {
        "pin": pin.to_bytes().hex(),
        "environment": str(pin.environment),
        "base": "/.well-known/yizheng/",
    }


def random_id() -> str:
    return uuid.uuid4().hex


def random_cti() -> bytes:
    return secrets.token_bytes(8)


@dataclass(frozen=True, slots=True)
class IssuingOffice:
    """The credential desk over one issuer's home, where each authority has an issuer of its own
    (``<base URL>/i/<code>``), and all share one trust list, snapshot and bundle.

    Here, and nowhere else, the registry meets the issuer. What the issuer refuses leaves the order
    pending, with the reason for all to see.
    """

    home: Home
    base_url: str
    codes: CodeDesk = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "codes", CodeDesk(self.home))  # set once, as the rest

    def issue(self, request: IssueRequest, *, now: datetime) -> Signed:
        """The signed credential; the same one when ``cti`` is asked for again."""
        kind, size = _PORTRAITS[request.kind]
        with _refusals():
            face = Face(portrait.reduce(request.portrait, **size._asdict()))
            said = facts.from_json(kind, request.facts, face=face)
            issued = self.home.issue(
                said, iss=self.issuer(request.authority), cti=request.cti, now=now
            )
        return Signed(issued.cose, _instant(issued.credential.exp))

    def suspend(self, cti: bytes) -> None:
        self._act(cti, StatusAction.SUSPEND)

    def resume(self, cti: bytes) -> None:
        self._act(cti, StatusAction.RESUME)

    def revoke(self, cti: bytes) -> None:
        self._act(cti, StatusAction.REVOKE)

    def supersede(self, cti: bytes) -> None:
        self._act(cti, StatusAction.SUPERSEDE)

    def identity_code(self, request: CodeRequest, *, cti: bytes, now: datetime) -> bytes:
        """A signed identity code, good for 30 seconds from ``now``."""
        with _refusals():
            issued = self.codes.identity_code(**self._code(request), cti=cti, now=now)
        return issued.cose

    def code_book(
        self,
        request: CodeRequest,
        *,
        book_id: bytes,
        new_id: Callable[[], bytes],
        now: datetime,
        span_s: int,
    ) -> bytes:
        """A code book for ``span_s`` seconds from ``now``, under a status entry of its own."""
        with _refusals():
            book = self.codes.code_book(
                **self._code(request), book_id=book_id, new_id=new_id, now=now, span_s=span_s
            )
        return book.to_bytes()

    def suspend_book(self, book_id: bytes) -> None:
        self._act_on_book(book_id, StatusAction.SUSPEND)

    def resume_book(self, book_id: bytes) -> None:
        self._act_on_book(book_id, StatusAction.RESUME)

    def end_book(self, book_id: bytes) -> None:
        """The book's codes are revoked for good."""
        self._act_on_book(book_id, StatusAction.REVOKE)

    def publish(self, *, now: datetime) -> None:
        """Status lists, snapshot and bundle, signed anew where they changed or would run out."""
        with _refusals():
            publish(self.home, now=int(now.timestamp()))

    def issuer(self, authority: str) -> str:
        """The URI of an authority's issuer; short, as it stands in every code."""
        return f"{self.base_url}/i/{authority}"

    def add(self, authority: Authority, *, now: datetime) -> None:
        """Gives an authority its keys: the first one founds the home, a known one stays as it is."""
        at = int(now.timestamp())
        if not self.home.exists:
            office.found(
                self.home,
                authority,
                host=urlsplit(self.base_url).netloc,
                environment=Environment.TEST,
                algorithm=Algorithm.ES256,
                now=at,
            )
        elif all(record.iss != authority.iss for record in self.home.content().keys):
            office.add_keys(
                self.home,
                authority,
                mandates.AUTHORITY,
                algorithm=Algorithm.ES256,
                start=at,
                now=at,
            )

    def time(self, *, now: datetime) -> bytes:
        """The signed time, for a reader whose own clock is in doubt."""
        at = int(now.timestamp())
        key = self.home.signing_key(Purpose.SNAPSHOT, iss=None, now=at)
        return cose.sign1(SignedTime(at).to_bytes(), key.signer, typ=TYP_TIME)

    def _code(self, request: CodeRequest) -> dict[str, Any]:
        """What an identity code of ``request`` says, and its issuer."""
        return {
            "iss": self.issuer(request.authority),
            "licence_number": request.licence_number,
            "name": request.name,
            "photo": request.photo,
            "read_photo": request.read_photo,
        }

    def publication(self) -> Publication | None:
        """What is published from here, for the administrator; None before there is anything."""
        if not self.home.exists:
            return None
        content = self.home.content()
        bundle = Bundle.from_bytes((self.home.public / "bundle").read_bytes())
        snapshot = Snapshot.from_bytes(cose.unpack_sign1(CoseBytes(bundle.snapshot)).payload or b"")
        return Publication(
            environment=str(content.environment),
            version=content.version,
            epoch=content.epoch,
            issued_at=_instant(content.iat),
            expires_at=_instant(content.exp),
            anchors=tuple(anchor.kid.hex() for anchor in content.anchors),
            keys=tuple(
                PublishedKey(
                    iss=record.iss,
                    name=record.name,
                    kid=record.kid.hex(),
                    purposes=tuple(sorted(map(str, record.purposes))),
                    signs_from=_instant(record.not_before),
                    signs_until=_instant(record.sign_until),
                    counts_until=_instant(record.verify_until),
                    is_compromised=record.compromised is not None,
                    is_held=self.home.holds(record.kid),
                )
                for record in content.keys
            ),
            snapshot_version=snapshot.version,
            snapshot_at=_instant(snapshot.iat),
            snapshot_expires_at=_instant(snapshot.exp),
            lists=tuple(
                PublishedList(uri=each.uri, issued_at=_instant(each.iat)) for each in snapshot.lists
            ),
        )

    def _act(self, cti: bytes, action: StatusAction) -> None:
        with _refusals(), self.home.ledger() as ledger_of_issuer:
            ledger_of_issuer.act(cti, action)

    def _act_on_book(self, book_id: bytes, action: StatusAction) -> None:
        with _refusals():
            self.codes.act_on_book(book_id, action)


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


_PORTRAITS = {
    CredentialKind.LICENCE: (Kind.LICENCE, portrait.LICENCE),
    CredentialKind.BADGE: (Kind.BADGE, portrait.BADGE),
}


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    """What the issuer refuses, as the port's own exception."""
    try:
        yield
    except CredentialError as error:
        is_unknown = error.code is CredentialCode.CREDENTIAL_UNKNOWN
        raise (CredentialUnknownError if is_unknown else DeskUnavailableError)(
            str(error)
        ) from error


def issuing_office(folder: Path, base_url: str) -> IssuingOffice:
    """The office in ``folder``, its keys opened with the passphrase of the environment."""
    passphrase = os.environ.get("YIZHENG_KEY_PASSPHRASE", "")
    if not passphrase:
        raise click.UsageError("no passphrase of the issuer's keys: set YIZHENG_KEY_PASSPHRASE")
    return IssuingOffice(Home(folder, passphrase=passphrase.encode()), base_url)


def _issuing(command: Any) -> Any:
    """The options that name the issuing office."""
    for option in (
        click.option(
            "--issuer-home",
            type=click.Path(path_type=Path, file_okay=False),
            envvar="YIZHENG_ISSUER_HOME",
            default=Path("var/issuer"),
            show_default=True,
        ),
        click.option(
            "--base-url",
            envvar="YIZHENG_BASE_URL",
            default="http://127.0.0.1:8000",
            show_default=True,
            help="Of the service: issuers are <base URL>/i/<authority's code>.",
        ),
    ):
        command = option(command)
    return command


class _Group(click.Group):
    """Turns what is refused into one line for each reason and exit status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except RegistryError as error:
            refused = error
        except (CredentialError, DeskUnavailableError) as error:
            raise click.ClickException(str(error)) from None
        except OSError as error:
            if error.filename is None:
                raise
            refused = refuse(Code.FILE_UNUSABLE, f"{error.filename}: {error.strerror}")
        for reason in refused.reasons:
            words = messages.words(reason.code)
            click.echo(f"{reason}: {words.zh} · {words.en}", err=True)
        raise SystemExit(1)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--database", envvar="YIZHENG_DATABASE", default=DEFAULT_DATABASE, show_default=True)
@click.pass_context
def yizheng(context: click.Context, database: str) -> None:
    """医师执业注册与可验证医师证照 · Physician registration and verifiable credentials."""
    context.obj = _opened(database)
    context.call_on_close(context.obj.close)


def _opened(database: str) -> Store:
    store = Store.open(database)
    path = database.removeprefix("sqlite:///")
    if path != database and not path.startswith("file:"):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    return store


@yizheng.group("db")
def db() -> None:
    """The schema of the database."""


@db.command("upgrade")
@click.pass_obj
def db_upgrade(store: Store) -> None:
    """Bring the database to the newest schema."""
    click.echo(f"schema {migrations.upgrade(store)}")


@db.command("check")
@click.pass_obj
def db_check(store: Store) -> None:
    """Say whether the database is whole: references, records, credentials, audit log."""
    newest_or_refuse(store)
    faults = list(checkup.faults(store))
    with store.reading() as unit:
        head = unit.audit_head()
    for fault in faults:
        click.echo(f"{fault.what.zh} · {fault.what.en}: {', '.join(fault.subjects)}")
    if faults:
        raise refuse(Code.STORE_DAMAGED, f"{len(faults)}")
    click.echo(f"whole: audit head {head.seq} {head.hash}")


@db.command("backup")
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def db_backup(store: Store, target: Path) -> None:
    """Copy an SQLite database to TARGET while it is served; PostgreSQL has pg_dump for that."""
    if store.engine.dialect.name != "sqlite":
        raise click.UsageError(f"for PostgreSQL: pg_dump --format=custom --file={target} …")
    newest_or_refuse(store)
    if target.exists():
        raise refuse(Code.FILE_UNUSABLE, f"{target}: exists")
    store.backup(target)
    copy = Store.open(f"sqlite:///{target}")
    with copy.reading() as unit:
        head = unit.audit_head()
    copy.close()
    click.echo(f"{target}: audit head {head.seq} {head.hash}")


@yizheng.command("seed")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Count back from this day.")
@click.pass_obj
def seed_command(store: Store, day: datetime | None) -> None:
    """Fill an empty database with a demonstration country."""
    migrations.upgrade(store)
    demo = seed_demo(store, day.replace(hour=4, tzinfo=UTC) if day else clock())
    click.echo(f"{len(demo.people)} physicians; clerks' password: {PASSWORD}")
    for name, actor in demo.people.items():
        records = demo.dossier(actor).records
        states = "、".join(messages.STANDINGS[record.standing].zh for record in records) or "—"
        click.echo(f"  {name}\t{actor.person_id}\t{states}")


def seed_demo(store: Store, now: datetime) -> Demo:
    """The demonstration country as it stands at ``now``; everything in it is counted, nothing drawn."""
    counter = iter(range(1, 10**9))
    desk = new_desk(
        store,
        new_id=lambda: f"demo{next(counter):08}",
        new_cti=lambda: next(counter).to_bytes(8, "big"),
    )
    return seed(desk, now=now, password_hash=hash_password(PASSWORD), portrait=demo_portrait)


def demo_portrait(person_id: str, gender: Gender) -> bytes:
    """A drawn face for an invented person, the same at each run."""
    faces = demo_portraits.MEN if gender is Gender.MALE else demo_portraits.WOMEN
    return _drawn(faces[sum(person_id.encode()) % len(faces)])


@cache
def _drawn(number: int) -> bytes:
    return demo_portraits.portrait(number)


@yizheng.group("admin")
def admin() -> None:
    """The administrators of the system."""


@admin.command("create")
@click.option("--another", is_flag=True, help="There is one already, and this is one more.")
@click.option("--username", prompt="用户名 · user name")
@click.option("--name", prompt="姓名 · name")
@click.pass_obj
def admin_create(store: Store, username: str, name: str, *, another: bool) -> None:
    """Make the first administrator's account; the password is asked for and never shown."""
    desk = new_desk(store, new_id=random_id, new_cti=random_cti)
    password = click.prompt(
        "密码 · password", hide_input=True, confirmation_prompt="再输一次 · again"
    )
    offices.open_administrator_account(
        desk, username=username, name=name, password=password, now=clock(), besides=another
    )
    click.echo(f"{username}: {messages.ROLES[Role.ADMIN].zh} · {messages.ROLES[Role.ADMIN].en}")


@yizheng.command("import")
@click.argument("base", type=click.Choice([base.value for base in Base]))
@click.argument("source", type=click.File("r", encoding="utf-8-sig"))
@click.option("--dry-run", is_flag=True, help="Do everything and keep nothing.")
@click.pass_obj
def import_command(store: Store, base: str, source: TextIO, *, dry_run: bool) -> None:
    """Read base data from a CSV file; a run that was broken off is simply run again."""
    newest_or_refuse(store)
    try:
        rows = sum(1 for _ in source)
    except UnicodeDecodeError:
        raise refuse(Code.FIELD_FORMAT, "UTF-8") from None
    source.seek(0)
    now = clock()
    with click.progressbar(length=rows, label=base, file=sys.stderr) as bar:
        report = load(
            store,
            Base(base),
            source,
            now=now,
            today=china_day(now),
            new_id=random_id,
            dry_run=dry_run,
            progress=bar.update,
        )
    for fault in report.faults:
        for reason in fault.reasons:
            words = messages.words(reason.code)
            click.echo(f"line {fault.line}: {reason}: {words.zh} · {words.en}")
    kept = "would be added" if dry_run else "added"
    click.echo(
        f"{report.added} {kept}, {report.unchanged} unchanged, {len(report.faults)} with faults"
    )
    if report.faults:
        raise SystemExit(1)


@yizheng.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of a demonstration: database, issuer, outbox.",
)
@click.option("--no-worker", is_flag=True, help="Run `yizheng work` and `yizheng tick` apart.")
@click.pass_context
def serve_command(
    context: click.Context, host: str, port: int, data: Path | None, *, no_worker: bool
) -> None:
    """Serve the application; a demonstration makes its country first, where there is none."""
    given: dict[str, Any] = {}
    if data is not None:
        given = {
            "data": data,
            "database": f"sqlite:///{data / 'registry.db'}",
            "issuer_home": data / "issuer",
        }
    if "YIZHENG_BASE_URL" not in os.environ:
        given["base_url"] = f"http://{host}:{port}"
    try:
        settings = Settings.read(os.environ, **given)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    store = context.obj if data is None else _opened(settings.database)
    serve(settings, store, host=host, port=port, with_worker=not no_worker)


def serve(
    settings: Settings, store: Store, *, host: str, port: int, with_worker: bool = True
) -> None:
    """Serves until it is told to stop; worker and calendar run beside it unless they run apart."""
    console, issuing = Console(stderr=True), office_of(settings)
    logs.configure(as_json=settings.environment == "production")
    if settings.environment == "demo":
        make_demo(store, issuing, console)
    app = create_app(settings, store=store)
    try:
        server = http_server(app, host=host, port=port)
    except OSError as error:
        raise click.ClickException(f"{host}:{port}: {error.strerror}") from error
    stop = threading.Event()
    if with_worker:
        policy = settings.policy
        desk = new_desk(store, new_id=random_id, new_cti=random_cti, policy=policy)
        # A demonstration may rest for months between two visits; a registry in use does not.
        careful = {"clock_is_right": settings.environment == "demo"}
        threading.Thread(
            target=take_care,
            args=(desk, issuing, post_of(settings), stop),
            kwargs=careful,
            daemon=True,
        ).start()
    if settings.environment == "demo":
        _say_who_can_sign_in(console, settings.base_url)
    try:
        server.run()  # until it is interrupted
    finally:
        stop.set()
        server.close()


def http_server(app: Flask, *, host: str, port: int) -> Any:
    """waitress, which takes no more of a body than the application would, however it is sent.

    Connections that say nothing are let go after twenty seconds, and there is room for many of them: else a
    hundred would keep everybody out.
    """
    return create_server(
        app,
        host=host,
        port=port,
        threads=8,
        ident="yizheng",
        max_request_body_size=MAX_BODY_BYTES,
        connection_limit=800,
        channel_timeout=20,
        cleanup_interval=5,
        asyncore_use_poll=True,
    )


def make_demo(store: Store, issuing: IssuingOffice, console: Console) -> None:
    """The demonstration country with its issuers and credentials, where there is none yet."""
    migrations.upgrade(store)
    with store.reading() as unit:
        if unit.authorities() and issuing.home.exists:
            return
        empty = not unit.authorities()
    with console.status("demonstration country") as status:
        if empty:
            seed_demo(store, clock())
        with store.writing() as unit:
            pocket.set_book_span(unit, "HC46", DEFAULT_SPAN_S)
        status.update("issuers")
        with store.reading() as unit:
            authorities = unit.authorities()
        for code, name, region in authorities:
            words = Text(name, f"Health authority {code}")
            issuing.add(Authority(issuing.issuer(code), words, (_prefix(region),)), now=clock())
        status.update("credentials")
        worker.work(store, issuing, clock=clock)


def take_care(
    desk: Desk,
    issuing: IssuingOffice,
    post: Post,
    stop: threading.Event,
    *,
    clock_is_right: bool = False,
) -> None:
    """The worker and the calendar of a serving process: orders and code books at once, the rest now and
    then."""
    published = ticked = datetime.min.replace(tzinfo=UTC)
    wallet = wallet_over(desk.store, issuing)
    while not stop.wait(1):
        now = clock()
        try:
            with desk.store.reading() as unit:
                waiting = ledger.pending(unit) or ledger.unpublished(unit)
            settled = look_after_books(desk.store, wallet, now=now)
            tell_of_prints(desk, now=now)
            mailing.carry(desk, post, now=now)
            if waiting or settled or now - published >= PUBLISH_EVERY:
                worker.work(desk.store, issuing, clock=clock)
                published = now
            if now - ticked >= TICK_EVERY:
                ticked = now
                help_desk.sweep(desk, now=now)
                tick_by_clock(desk, now=now, is_right=clock_is_right)
        except (RegistryError, DeskUnavailableError) as error:  # it is tried again
            _LOG.warning("care", code=str(error))


PUBLISH_EVERY = timedelta(minutes=30)
TICK_EVERY = timedelta(minutes=10)


def _say_who_can_sign_in(console: Console, base_url: str) -> None:
    table = Table(title=f"{base_url} · {PASSWORD}", title_justify="left")
    for column in ("who", "user name", "what there is to see"):
        table.add_column(column)
    for row in DEMO_SIGN_INS:
        table.add_row(*row)
    console.print(table)


def settings_here() -> Settings:
    """The settings of this environment; one line where they do not fit."""
    try:
        return Settings.read(os.environ)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


@yizheng.command("tick")
@click.option("--clock-is-right", is_flag=True, help="After a pause, or after the clock was set.")
@click.pass_obj
def tick_command(store: Store, *, clock_is_right: bool) -> None:
    """Do and list what has become due."""
    policy = settings_here().policy
    desk = new_desk(store, new_id=random_id, new_cti=random_cti, policy=policy)
    for became in tick_by_clock(desk, now=clock(), is_right=clock_is_right):
        words = messages.NOTICES[became.notice]
        click.echo(f"{became.due_on} {became.notice} {became.subject} {words.zh} · {words.en}")
    help_desk.sweep(desk, now=clock())


@yizheng.command("post")
@click.pass_obj
def post_command(store: Store) -> None:
    """Send by short message and e-mail what people have been told; every few minutes."""
    desk, sent = new_desk(store, new_id=random_id, new_cti=random_cti), 0
    while now_sent := mailing.carry(desk, post_of(settings_here()), now=clock()):
        sent += now_sent
    click.echo(f"{sent} sent")


@yizheng.command("work")
@click.option("--limit", default=1000, show_default=True)
@click.option(
    "--restored",
    is_flag=True,
    help="The database is an older backup: revoke what it has forgotten.",
)
@_issuing
@click.pass_obj
def work_command(
    store: Store, limit: int, issuer_home: Path, base_url: str, *, restored: bool
) -> None:
    """Carry out the orders for credentials, end or hold code books, then publish."""
    newest_or_refuse(store)
    office_here = issuing_office(issuer_home, base_url)
    mark = issuer_home / "registry-head.json"
    if restored:
        _forget_what_was_lost(store, office_here)
    elif went_back(store, mark):
        raise refuse(Code.STORE_WENT_BACK, str(mark))
    desk: CredentialDesk = office_here
    look_after_books(store, wallet_over(store, office_here), now=clock())
    tell_of_prints(new_desk(store, new_id=random_id, new_cti=random_cti), now=clock())
    worked = worker.work(store, desk, clock=clock, limit=limit)
    with store.reading() as unit:
        head = unit.audit_head()
    write_atomically(mark, json.dumps({"seq": head.seq, "hash": head.hash}).encode())
    click.echo(f"{worked.done} done, {worked.put_back} put back")
    with store.reading() as unit:
        for order in ledger.pending(unit):
            click.echo(f"pending {order.id} {order.action} {order.attempts} {order.last_error}")


def went_back(store: Store, mark: Path) -> bool:
    """Whether the log no longer has the row that was its last one when credentials were last published
    from here: an older backup stands in the database's place, or another database."""
    if not mark.exists():
        return False
    kept = _head(mark.read_text("utf-8"))
    with store.reading() as unit:
        return kept.seq > 0 and unit.audit_hash(kept.seq) != kept.hash


def _forget_what_was_lost(store: Store, office_here: IssuingOffice) -> None:
    """Revokes credentials that the database no longer knows, and leaves out as many licence numbers."""
    now = clock()
    with office_here.home.ledger() as entries, store.reading() as unit:
        lost = ledger.unknown(unit, entries.unexpired(now=int(now.timestamp())))
    for cti in lost:
        office_here.revoke(cti)
        click.echo(f"revoked {cti.hex()}")
    with store.writing() as unit:
        unit.skip_numbers(len(lost))
        unit.log("registry.restored", "registry", by=SYSTEM, at=now, details={"lost": len(lost)})


@yizheng.command("issuers")
@_issuing
@click.pass_obj
def issuers_command(store: Store, issuer_home: Path, base_url: str) -> None:
    """Give every authority its test issuer: keys and mandate, in one home with one trust list."""
    newest_or_refuse(store)
    issuing, now = issuing_office(issuer_home, base_url), clock()
    with store.reading() as unit:
        authorities = unit.authorities()
    for code, name, region in authorities:
        iss = issuing.issuer(code)
        words = Text(name, f"Health authority {code}")
        issuing.add(Authority(iss, words, (_prefix(region),)), now=now)
        click.echo(f"{iss}\t{name}")
    issuing.publish(now=now)


def _prefix(region: str) -> str:
    """The GB/T 2260 prefix of a region's six digits: 110000 is 11, 460200 is 4602."""
    while region.endswith("00") and len(region) > 2:
        region = region[:-2]
    return region


@yizheng.group("audit")
def audit_group() -> None:
    """The hash-chained log."""


@audit_group.command("verify")
@click.option("--heads", type=click.File("r"), help="Heads kept elsewhere, one JSON object a line.")
@click.option("--key", type=click.Path(exists=True, path_type=Path), help="The audit public key.")
@click.pass_obj
def audit_verify(store: Store, heads: TextIO | None, key: Path | None) -> None:
    """Say whether the log is unbroken, or name its first bad row."""
    newest_or_refuse(store)
    known = [_head(line) for line in heads or () if line.strip()]
    last = checkup.walk_log(store, heads=known, check=_checker(key) if key else None)
    click.echo(f"unbroken: {last.seq} rows, head {last.hash}")


@audit_group.command("head")
@click.option("--key", type=click.Path(exists=True, path_type=Path), required=True)
@click.pass_obj
def audit_head(store: Store, key: Path) -> None:
    """Print the present head, signed with the audit key (Ed25519, PEM), to be kept elsewhere."""
    newest_or_refuse(store)
    try:
        private = serialization.load_pem_private_key(key.read_bytes(), password=None)
    except (TypeError, ValueError, UnsupportedAlgorithm):
        private = None
    if not isinstance(private, Ed25519PrivateKey):
        raise refuse(Code.FILE_UNUSABLE, f"{key}: not an Ed25519 private key in PEM")
    with store.reading() as unit:
        head = audit.signed(unit.audit_head(), private.sign)
    click.echo(json.dumps({"seq": head.seq, "hash": head.hash, "signature": head.signature}))


@audit_group.command("summary")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="A day in China; today without.")
@click.pass_obj
def audit_summary(store: Store, day: datetime | None) -> None:
    """Who did what, how often, on one day; suspensions by order with both their clerks."""
    newest_or_refuse(store)
    begins = day.replace(tzinfo=CHINA) if day else start_of_china_day(clock())
    with store.reading() as unit:
        done = queues.deeds(unit, since=begins, until=begins + timedelta(days=1))
        orders = queues.ordered(unit, begins.date())
    for row in done:
        click.echo(f"{row.times:6} {row.action} {row.role} {row.actor}")
    for order in orders:
        clerks = f"{order.proposed_by} + {order.confirmed_by}"
        click.echo(f"suspended {order.record_id} {order.authority_id} {order.document} {clerks}")


def _head(line: str) -> audit.Head:
    try:
        return audit.Head(**json.loads(line))
    except (TypeError, ValueError):
        raise refuse(Code.FILE_UNUSABLE, "heads: not one JSON head a line") from None


def _checker(path: Path) -> audit.Verify:
    try:
        public = serialization.load_pem_public_key(path.read_bytes())
    except (ValueError, UnsupportedAlgorithm):
        public = None
    if not isinstance(public, Ed25519PublicKey):
        raise refuse(Code.FILE_UNUSABLE, f"{path}: not an Ed25519 public key in PEM")

    def check(message: bytes, signature: bytes) -> bool:
        try:
            public.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    return check


@yizheng.command("announce")
@click.argument("authority")
@click.option("--kind", type=click.Choice([str(kind) for kind in Announced]), default="REGISTERED")
@click.option("--from", "since", type=click.DateTime(["%Y-%m-%d"]), required=True)
@click.option("--to", "until", type=click.DateTime(["%Y-%m-%d"]), required=True)
@click.pass_obj
def announce(store: Store, authority: str, kind: str, since: datetime, until: datetime) -> None:
    """A list to be published, as CSV: name, institution, licence number, kind, day."""
    newest_or_refuse(store)
    lines, after = csv.writer(sys.stdout), None
    with store.reading() as unit:
        authority_id = unit.id_of(models.authority, "code", authority)
        if authority_id is None:
            raise refuse(Code.NOT_FOUND, "authority")
        lines.writerow(("name", "institution", "licence_number", "kind", "day"))
        page = partial(
            queues.announced,
            unit,
            authority_id,
            Announced(kind),
            since=since.date(),
            until=until.date(),
        )
        while rows := page(after=after):
            for row in rows:
                lines.writerow((row.name, row.institution, row.licence_number, row.kind, row.day))
            after = (rows[-1].day, rows[-1].record_id)


@yizheng.command("life")
@click.option(
    "--kind",
    type=click.Choice([str(kind) for kind in ApplicationKind]),
    help="One application of this kind, from draft to effect.",
)
def life_command(kind: str | None) -> None:
    """One physician's registration from first to last, in a database of its own that is thrown away."""
    with tempfile.TemporaryDirectory() as directory:
        store = Store.open(f"sqlite:///{directory}/life.db")
        migrations.upgrade(store)
        counter = iter(range(1, 10**9))
        desk = new_desk(
            store,
            new_id=lambda: f"life{next(counter):08}",
            new_cti=lambda: next(counter).to_bytes(8, "big"),
        )
        demo = Demo(desk=desk, now=clock() - timedelta(days=1100), portrait=demo_portrait)
        demo.set_up_offices()
        if kind is None:
            _live(demo)
        else:
            _drive(demo, ApplicationKind(kind))
        store.close()


def _drive(demo: Demo, kind: ApplicationKind) -> None:
    """Every application of a story that ends with one of ``kind``, each step with who took it."""
    now, name = clock(), "林晓岚"
    demo.now = now - timedelta(days=200)
    ONE_OF_EACH[kind](demo, name, now)
    actor = demo.people[name]
    with demo.desk.store.reading() as unit:
        for each in queues.applications_of(unit, PersonId(str(actor.person_id)))[::-1]:
            words = KINDS[each.kind].title
            click.echo(f"\n{words.zh} · {words.en}")
            for step in unit.steps(each.id):
                after = messages.STATUSES[Status(step.after)]
                who = messages.ROLES[Role(step.role)]
                click.echo(f"  {china_day(step.at)} {who.zh} {step.actor}: {after.zh} · {after.en}")
    _show(demo, actor, "结果 · outcome")


def _live(demo: Demo) -> None:
    kinds = ApplicationKind
    actor = demo.person("林晓岚")
    demo.register(actor)
    _show(demo, actor, "1 注册 · first registration")
    demo.now += timedelta(days=60)
    today = china_day(demo.now)
    answers: dict[str, Any] = {
        "institution_id": "sanya",
        "valid_from": today.isoformat(),
        "valid_to": add_years(today, 3).isoformat(),
    }
    demo.approve(kinds.MULTI_INSTITUTION_FILING, actor, **answers)
    _show(demo, actor, "2 多执业机构备案 · multi-institution filing")
    demo.now += timedelta(days=90)
    demo.approve(kinds.CHANGE, actor, institution_id="beijing", place="11")
    _show(demo, actor, "3 变更执业地点 · change of place")
    demo.now += timedelta(days=100)
    demo.approve(kinds.SUSPEND_FILING, actor, reason="TRANSFERRED")
    _show(demo, actor, "4 备案 · suspend filing")
    demo.now += timedelta(days=700)
    demo.approve(kinds.CANCEL_SUSPEND_FILING, actor, reason="恢复执业")
    _show(demo, actor, "5 取消备案（二年内） · cancelled within two years")
    demo.now += timedelta(days=30)
    demo.approve(kinds.DEREGISTRATION, actor, reason="VOLUNTARY")
    _show(demo, actor, "6 注销 · deregistration")


def _show(demo: Demo, actor: Any, step: str) -> None:
    dossier, today = demo.dossier(actor), china_day(demo.now)
    click.echo(f"\n{today} {step}")
    for record in dossier.records:
        standing = messages.STANDINGS[record.standing]
        place = codelists.place_name(record.place)
        institution = dossier.institutions[record.institution_id].name
        click.echo(
            f"  执业记录 v{record.version} {record.licence_number} {place.zh} {institution}"
            f" {standing.zh} · {standing.en}"
        )
        for filing in dossier.filings_of(record.id):
            state = messages.FILING_STATES[filing.state(record.standing, today)]
            where = dossier.institutions[filing.institution_id].name
            period = f"{filing.valid_from}–{filing.valid_to}"
            click.echo(f"  多机构备案 {where} {period} {state.zh} · {state.en}")
    with demo.desk.store.reading() as unit:
        for each in ledger.shown(unit, dossier):
            kind = messages.CREDENTIAL_KINDS[each.kind]
            credential = messages.CREDENTIAL_STATES[each.state]
            click.echo(f"  {kind.zh} v{each.version} {credential.zh} · {credential.en}")


def main(arguments: list[str] | None = None) -> None:
    """The `yizheng` command."""
    yizheng(arguments, prog_name="yizheng")


if __name__ == "__main__":
    main(sys.argv[1:] or ["serve"])
