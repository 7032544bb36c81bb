"""我的工牌 and 工牌管理: photo, name, title, main institution and a fixed code (manual 5.1), behind user
verification (5.4)."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, render_template, request, url_for

from credential import cbor, cose
from credential.claims import Badge, Credential
from credential.envelope import CoseBytes
from registry import pocket
from registry.credentials import CredentialKind, CredentialState, why_not_eligible
from registry.desk import Deed
from registry.errors import Code, refuse
from registry.pocket import Signed
from registry.record import Dossier, PracticeRecord
from registry.web.access import BOUND, access
from registry.web.home import own_dossier
from registry.web.service import actor, desk, now
from wallet import badge as pictures
from wallet.errors import Code as Why
from wallet.errors import WalletError
from wallet.web.gate import behind_the_gate, own_passkeys
from wallet.web.service import blueprint, wallet


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One badge as a page shows it."""

    said: Badge
    signed: Signed
    record: PracticeRecord
    printed_version: int | None

    @property
    def message(self) -> CoseBytes:
        return CoseBytes(self.signed.message or b"")

    @property
    def to_reprint(self) -> bool:
        """Whether the picture that was taken away is of an older version."""
        return self.printed_version is not None and self.printed_version != self.signed.version


@blueprint.get("/badge")
@access(BOUND)
@behind_the_gate
def badge() -> str:
    """我的工牌, or why there is none."""
    dossier, card = _shown()
    if card is None:
        record = _record(dossier)
        why = why_not_eligible(dossier, record) if record else None
        raise WalletError(Why.NOTHING_TO_SHOW, why or "")
    return render_template(
        "wallet/badge.html",
        card=card,
        code=wallet().forms(card.message, "badge"),
        passkeys=" ".join(each.credential_id for each in own_passkeys()),
        drawing=wallet().drawing,
        records=dossier.live_records,
        tab="me",
        back=url_for("home.me"),
    )


@blueprint.get("/badge/<record_id>/<paper>.png")
@access(BOUND)
@behind_the_gate
def badge_picture(record_id: str, paper: str) -> Response:
    """下载工牌: a picture of 300 dpi to print, as a card or for a lanyard. Taking it away is on record.

    Where the server's fonts lack a character the answer is a refusal, and the page draws the badge itself.
    """
    dossier, card = _of(record_id)
    if paper not in pictures.PAPERS:
        raise refuse(Code.NOT_FOUND, "paper")
    photo = dossier.confirmed_photo
    with desk().store.reading() as unit:
        portrait = unit.image(dossier.person.id, photo.sha256) if photo else None
    if portrait is None:
        raise refuse(Code.NOT_FOUND, "photo")
    drawn = pictures.draw(
        card.message,
        host=wallet().host,
        portrait=portrait,
        paper=pictures.PAPERS[paper],
        fonts=pictures.installed(),
    )
    _taken(dossier, card, paper)
    return _download(drawn, f"badge-{paper}.png")


@blueprint.get("/badge/<record_id>/code/qr.png")
@access(BOUND)
@behind_the_gate
def badge_code(record_id: str) -> Response:
    """下载二维码: the code alone, at 300 dpi."""
    dossier, card = _of(record_id)
    drawn = pictures.code_picture(card.message, host=wallet().host, paper=pictures.CARD)
    _taken(dossier, card, "code")
    return _download(drawn, "badge-code.png")


@blueprint.post("/badge/<record_id>/taken")
@access(BOUND)
@behind_the_gate
def badge_taken(record_id: str) -> Response:
    """The page drew the picture itself, and it was saved: on record like any other."""
    _taken(*_of(record_id), "page")
    return Response(status=204)


def _shown() -> tuple[Dossier, Card | None]:
    dossier = own_dossier()
    if dossier is None:
        raise refuse(Code.NOT_FOUND, "person")
    record = _record(dossier)
    return dossier, _card(record) if record else None


def _of(record_id: str) -> tuple[Dossier, Card]:
    dossier = own_dossier()
    record = dossier.record(record_id) if dossier else None
    card = _card(record) if record else None
    if dossier is None or card is None:
        raise refuse(Code.NOT_FOUND, "badge")
    if card.signed.state is not CredentialState.ACTIVE:
        raise WalletError(Why.NOTHING_TO_SHOW, Code.LICENCE_NOT_ACTIVE)
    return dossier, card


def _record(dossier: Dossier) -> PracticeRecord | None:
    """The record asked for, else the chosen one while it may be shown, else the first that may."""
    wanted = request.args.get("record")
    if wanted:
        record = dossier.record(wanted)
        if record is None or not record.is_live:
            raise refuse(Code.NOT_FOUND, "record")
        return record
    with desk().store.reading() as unit:
        chosen = pocket.chosen_record(unit, dossier.person.id)
    oldest_first = sorted(dossier.live_records, key=lambda each: (each.approved_on, each.id))
    fit = [each for each in oldest_first if why_not_eligible(dossier, each) is None]
    return next(
        (each for each in fit if each.id == chosen), next(iter(fit), next(iter(oldest_first), None))
    )


def _card(record: PracticeRecord) -> Card | None:
    with desk().store.reading() as unit:
        versions = pocket.signed(unit, [record.id], CredentialKind.BADGE)
        printed = pocket.last_printed(unit, [record.id])
    newest = next((each for each in versions if each.message), None)
    if newest is None:
        return None
    payload = cose.unpack_sign1(CoseBytes(newest.message or b"")).payload
    said = Credential.from_map(cbor.decode(payload or b"")).facts
    if not isinstance(said, Badge):
        raise TypeError("a badge's message holds something else")
    version = printed.get(record.id)
    return Card(
        said=said, signed=newest, record=record, printed_version=version[0] if version else None
    )


def _taken(dossier: Dossier, card: Card, what: str) -> None:
    details = {"record": card.record.id, "version": card.signed.version, "what": what}
    with desk().store.writing() as unit:
        pocket.printed(unit, card.signed.id, at=now())
        unit.log(Deed.BADGE_TAKEN, dossier.person.id, by=actor(), at=now(), details=details)


def _download(picture: bytes, name: str) -> Response:
    disposition = f'attachment; filename="{name}"'
    return Response(picture, mimetype="image/png", headers={"Content-Disposition": disposition})
