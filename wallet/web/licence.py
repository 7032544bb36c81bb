"""电子证照: the face of the certificate, its code, its history; and the clerk's preview (manual 2.3, 4.3).

What the face says is read from the signed licence itself, so that page and code cannot differ. What the code
leaves out on purpose (sex and birth apart, the identity number) is added from the registry, and only for the
holder's own eyes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from flask import Response, render_template, request, url_for

from credential import cbor, cose, qr
from credential.claims import Credential, Licence
from credential.envelope import CoseBytes
from credential.text import Text
from registry import pocket
from registry.credentials import CredentialKind, why_not_eligible
from registry.desk import Deed
from registry.errors import Code, refuse
from registry.pocket import Signed
from registry.record import Binding, Dossier, PersonId, PracticeRecord, Standing
from registry.roles import Role
from registry.web.access import BOUND, CLERK, access
from registry.web.home import image_type, own_dossier
from registry.web.service import actor, desk, now
from wallet.web.service import blueprint, wallet, way_out_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """One licence as a page shows it."""

    said: Licence
    signed: Signed
    issued: datetime
    ends: datetime
    authority: str
    record: PracticeRecord
    dossier: Dossier

    @property
    def message(self) -> CoseBytes:
        return CoseBytes(self.signed.message or b"")

    @property
    def over(self) -> bool:
        return now() >= self.ends


@blueprint.get("/licence")
@access(BOUND)
def licence() -> str:
    """The licence of each registration, at once where the conditions are met; else which one is missing."""
    dossier = _own()
    record = _asked_for(dossier)
    found = _current(dossier, record) if record else None
    if found is None:
        if record is not None and why_not_eligible(dossier, record) is None:
            return render_template(
                "wallet/licence_waiting.html", tab="home", back=url_for("home.index")
            )
        return _missing(dossier, record)
    with desk().store.writing() as unit:
        pocket.first_shown(unit, found.signed.id, at=now())
    return render_template(
        "wallet/licence.html",
        it=found,
        code=wallet().forms(found.message, "licence"),
        drawing=wallet().drawing,
        records=dossier.live_records,
        tab="home",
        back=url_for("home.index"),
    )


@blueprint.get("/licence/<record_id>/history")
@access(BOUND)
def licence_history(record_id: str) -> str:
    """历史版本: every version there was, newest first; each keeps its own code."""
    dossier = _own()
    record = dossier.record(record_id)
    if record is None:
        raise refuse(Code.NOT_FOUND, "record")
    with desk().store.reading() as unit:
        versions = pocket.signed(unit, [record.id], CredentialKind.LICENCE)
        names = unit.authority_names()
    faces = [_face(dossier, record, each, names) for each in versions if each.message]
    return render_template(
        "wallet/licence_history.html",
        faces=faces,
        record=record,
        tab="home",
        back=url_for("wallet.licence", record=record.id),
    )


@blueprint.get("/licence/<record_id>/code.png")
@access(BOUND)
def licence_code(record_id: str) -> Response:
    """The code of the licence as a picture, to be kept or drawn where no script runs."""
    found = _of(_own(), record_id)
    drawn = qr.png(wallet().link(found.message), "licence", module_px=8)
    return Response(
        drawn,
        mimetype="image/png",
        headers={"Content-Disposition": 'attachment; filename="licence-code.png"'},
    )


@blueprint.get("/licence/<record_id>/print")
@access(BOUND)
def licence_print(record_id: str) -> str:
    """The licence on one sheet of A4."""
    found = _of(_own(), record_id)
    return render_template(
        "wallet/licence_print.html",
        it=found,
        code=wallet().forms(found.message, "licence"),
        drawing=wallet().drawing,
    )


@blueprint.get("/desk/licences/<record_id>")
@access(CLERK)
def licence_preview(record_id: str) -> str:
    """证照预览 for the institution the physician works at and the authority that registered them; on
    record before it is shown, without the identity number."""
    by, (dossier, record) = actor(), _of_this_office(record_id)
    found = _current(dossier, record)
    if found is None:
        raise refuse(Code.NOT_FOUND, "licence")
    details = {"record": record.id, "version": found.signed.version}
    desk().note(Deed.PREVIEW, dossier.person.id, by=by, now=now(), details=details)
    return render_template(
        "wallet/licence_preview.html",
        it=found,
        code=wallet().forms(found.message, "licence"),
        drawing=wallet().drawing,
    )


@blueprint.get("/desk/licences/<record_id>/photo")
@access(CLERK)
def licence_preview_photo(record_id: str) -> Response:
    """The confirmed portrait on that preview."""
    dossier, _ = _of_this_office(record_id)
    photo = dossier.confirmed_photo
    with desk().store.reading() as unit:
        image = unit.image(dossier.person.id, photo.sha256) if photo else None
    if image is None:
        raise refuse(Code.NOT_FOUND, "photo")
    return Response(image, mimetype=image_type(image))


def _of_this_office(record_id: str) -> tuple[Dossier, PracticeRecord]:
    """The record, for the main institution and the authority of it; for others it does not exist."""
    by = actor()
    with desk().store.reading() as unit:
        person_id = pocket.person_of_record(unit, record_id)
        dossier = unit.dossier(PersonId(person_id)) if person_id else None
    record = dossier.record(record_id) if dossier else None
    if dossier is None or record is None:
        raise refuse(Code.NOT_FOUND, "record")
    office = record.institution_id if by.role is Role.INSTITUTION_CLERK else record.authority_id
    if office != by.org_id:
        raise refuse(Code.NOT_FOUND, "record")
    return dossier, record


def _own() -> Dossier:
    dossier = own_dossier()
    if dossier is None:
        raise refuse(Code.NOT_FOUND, "person")
    return dossier


def _asked_for(dossier: Dossier) -> PracticeRecord | None:
    """The record named in the address, else the chosen one, else the first that is live."""
    with desk().store.reading() as unit:
        chosen = pocket.chosen_record(unit, dossier.person.id)
    wanted = request.args.get("record")
    if wanted and dossier.record(wanted) is None:
        raise refuse(Code.NOT_FOUND, "record")
    live = sorted(
        dossier.live_records,
        key=lambda each: (why_not_eligible(dossier, each) is not None, each.id),
    )
    first = live[0] if live else None
    chosen_one = dossier.record(chosen)
    return dossier.record(wanted) or (chosen_one if chosen_one in live else first)


def _of(dossier: Dossier, record_id: str) -> Certificate:
    record = dossier.record(record_id)
    found = _current(dossier, record) if record else None
    if found is None:
        raise refuse(Code.NOT_FOUND, "licence")
    return found


def _current(dossier: Dossier, record: PracticeRecord) -> Certificate | None:
    """The newest version that is signed, whatever its state; none of an ended registration."""
    with desk().store.reading() as unit:
        versions = pocket.signed(unit, [record.id], CredentialKind.LICENCE)
        names = unit.authority_names()
    newest = next((each for each in versions if each.message), None)
    return _face(dossier, record, newest, names) if newest else None


def _face(
    dossier: Dossier, record: PracticeRecord, signed: Signed, names: dict[str, str]
) -> Certificate:
    claims = Credential.from_map(
        cbor.decode(cose.unpack_sign1(CoseBytes(signed.message or b"")).payload or b"")
    )
    if not isinstance(claims.facts, Licence):
        raise TypeError("a licence's message holds something else")
    return Certificate(
        said=claims.facts,
        signed=signed,
        issued=datetime.fromtimestamp(claims.iat, UTC),
        ends=datetime.fromtimestamp(claims.exp, UTC),
        authority=names.get(signed.authority_id, ""),
        record=record,
        dossier=dossier,
    )


def _missing(dossier: Dossier, record: PracticeRecord | None) -> str:
    reason = (why_not_eligible(dossier, record) or "") if record else ""
    valid = record is not None and record.standing is Standing.VALID
    conditions = (
        (_ACTIVE_ACCOUNT, dossier.person.binding is Binding.ACTIVE),
        (_IN_FORCE, valid),
        (_PHOTO, dossier.confirmed_photo is not None),
    )
    return render_template(
        "wallet/licence_missing.html",
        conditions=conditions,
        way=way_out_of(reason),
        tab="home",
        back=url_for("home.index"),
    )


_ACTIVE_ACCOUNT: Final = Text("电子化注册账户已激活", "The registration account is active")
_IN_FORCE: Final = Text("执业注册有效", "The registration is in force")
_PHOTO: Final = Text("个人照片已经执业机构确认", "The institution has confirmed the photo")
