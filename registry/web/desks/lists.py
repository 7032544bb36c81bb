"""本院执业医师信息: an institution's physicians in their lists, and one of them in detail (manual, 4.3).

No list shows an identity number or a certificate number. The detail shows them masked; in clear only when a
clerk of the main institution asks, and that is put on record before it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, Response, abort, render_template, request, url_for

from credential.text import Text
from registry import ledger, queues
from registry.desk import Deed
from registry.record import Dossier, PracticeRecord, RecordId
from registry.roles import Role
from registry.store import Unit
from registry.web.access import INSTITUTION, access
from registry.web.desks import parts, starts
from registry.web.home import image_type
from registry.web.limits import limiter
from registry.web.service import actor, desk, now, today

blueprint = Blueprint("lists", __name__, url_prefix="/institution")

_YES_NO: Final[Mapping[str, bool | None]] = {"": None, "yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class List:
    """One list of filings or locations: where its rows come from, its words, what an empty one means."""

    query: Any
    title: Text
    empty: Text


LISTS: Final[Mapping[str, List]] = {
    "filed-elsewhere": List(
        queues.filed_elsewhere,
        Text("本院多执业机构备案医师", "Our physicians filed elsewhere"),
        Text(
            "主执业机构在本院、在其他机构备案的医师", "Ours, with a filing at another institution"
        ),
    ),
    "filed-here": List(
        queues.filed_here,
        Text("外院在本院多执业机构医师", "Others' physicians filed here"),
        Text("其他机构在本院备案的医师", "Others', with a filing at this institution"),
    ),
    "legacy-elsewhere": List(
        queues.legacy_elsewhere,
        Text("本院多地点医师", "Our physicians, multi-location"),
        Text(
            "原多地点执业政策下的登记，只查询、取消", "Former policy: looked up and cancelled only"
        ),
    ),
    "legacy-here": List(
        queues.legacy_here,
        Text("多地点执业在本院医师", "Multi-location physicians here"),
        Text(
            "原多地点执业政策下的登记，只查询、取消", "Former policy: looked up and cancelled only"
        ),
    ),
}


@blueprint.get("/physicians")
@access(INSTITUTION)
def physicians() -> str:
    """主执业机构在本院医师, with the manual's columns, filters and tabs."""
    with desk().store.reading() as unit:
        rows = rows_of(unit, **filters())
        departments = unit.departments(actor().org_id)
        full_allowed = unit.calendar().allows_full_export(now())
    return render_template(
        "registry/desks/physicians.html",
        rows=rows,
        departments=departments,
        names_of={each.id: each.name for each in departments},
        parts=parts,
        more=len(rows) == queues.PAGE,
        full_allowed=full_allowed,
        kept={key: value for key, value in request.args.items() if key != "after"},
    )


def filters() -> dict[str, Any]:
    """What of the list is asked for, as `queues.physicians_here` takes it."""
    asked = request.values
    return {
        "department_id": asked.get("department") or None,
        "name": asked.get("name", "").strip()[:64],
        "modified": _YES_NO.get(asked.get("modified", "")),
        "licence_shown": _YES_NO.get(asked.get("licence", "")),
        "in_the_app": _YES_NO.get(asked.get("joined", "")),
        "by_expertise": True if asked.get("tab") == "expertise" else None,
        "after": asked.get("after", ""),
    }


def rows_of(unit: Unit, **asked: Any) -> Any:
    return queues.physicians_here(unit, actor().org_id, **asked)


@blueprint.get("/lists/<name>")
@access(INSTITUTION)
def one_list(name: str) -> str:
    """One of the lists of filings and locations."""
    shown = LISTS.get(name) or abort(404)
    with desk().store.reading() as unit:
        rows = shown.query(unit, actor().org_id, after=request.args.get("after", ""))
        ids = {row.institution_id for row in rows} | {row.main_institution_id for row in rows}
        institutions = queues.institution_names(unit, ids)
    return render_template(
        "registry/desks/filings.html",
        name=name,
        shown=shown,
        rows=rows,
        institutions=institutions,
        today=today(),
        more=len(rows) == queues.PAGE,
    )


@blueprint.get("/elsewhere")
@access(INSTITUTION)
def elsewhere() -> str:
    """医师在外省注册情况."""
    with desk().store.reading() as unit:
        rows = queues.registered_elsewhere(
            unit, actor().org_id, after=request.args.get("after", "")
        )
        institutions = queues.institution_names(unit, {row.institution_id for row in rows})
    return render_template(
        "registry/desks/elsewhere.html",
        rows=rows,
        institutions=institutions,
        more=len(rows) == queues.PAGE,
    )


@blueprint.get("/physicians/<record_id>")
@access(INSTITUTION)
def detail(record_id: str) -> str:
    """查看详细信息: numbers masked."""
    dossier, record = _record(record_id)
    return _detail(dossier, record, shown=False)


@blueprint.post("/physicians/<record_id>/reveal")
@access(INSTITUTION)
@limiter.limit("120 per hour")
def reveal(record_id: str) -> str:
    """The numbers in clear, for the main institution; put on record before they are shown."""
    dossier, record = _record(record_id)
    if record.institution_id != actor().org_id:
        abort(404)
    details = {"record": record.id}
    desk().note(Deed.REVEAL, dossier.person.id, by=actor(), now=now(), details=details)
    return _detail(dossier, record, shown=True)


@blueprint.get("/physicians/<record_id>/photo/<sha256>")
@access(INSTITUTION)
def photo(record_id: str, sha256: str) -> Response:
    """A portrait of one of this institution's physicians."""
    dossier, _ = _record(record_id)
    if sha256 not in {each.sha256 for each in dossier.photos}:
        abort(404)
    with desk().store.reading() as unit:
        image = unit.image(dossier.person.id, sha256)
    return Response(image, mimetype=image_type(image or b""))


def _record(record_id: str) -> tuple[Dossier, PracticeRecord]:
    """A record this institution has to do with; nothing is found otherwise."""
    with desk().store.reading() as unit:
        if not queues.concerns_institution(unit, record_id, actor().org_id):
            abort(404)
        dossier = unit.dossier(unit.person_of_record(RecordId(record_id)))
    record = dossier.record(record_id)
    return (dossier, record) if record is not None else abort(404)


def _detail(dossier: Dossier, record: PracticeRecord, *, shown: bool) -> str:
    is_main = record.institution_id == actor().org_id
    with desk().store.reading() as unit:
        known = parts.names_of(unit, dossier)
        credentials = [
            each for each in ledger.shown(unit, dossier) if each.record_id == record.id and is_main
        ]
    return render_template(
        "registry/desks/physician.html",
        dossier=dossier,
        record=record,
        known=known,
        parts=parts,
        shown=shown,
        is_main=is_main,
        credentials=credentials,
        today=today(),
        starts=starts.offered(Role.INSTITUTION_CLERK) if record.is_live else [],
        photo=lambda sha256: url_for("lists.photo", record_id=record.id, sha256=sha256),
    )
