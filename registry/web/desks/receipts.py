"""受理回执: printed by the applicant and the offices, checked by anyone who holds number and code."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request

from registry import messages, queues, receipts
from registry.errors import RegistryError
from registry.kinds import KINDS
from registry.web.access import ANYONE, SIGNED_IN, access
from registry.web.limits import GUESSES, limiter
from registry.web.service import actor, desk, now
from registry.workflow import ApplicationId

blueprint = Blueprint("receipts", __name__)


@blueprint.route("/receipts", methods=["GET", "POST"])
@access(ANYONE)
@limiter.limit(GUESSES, methods=["POST"])
def check() -> str | tuple[str, int]:
    """Status and dates, for who has both number and code."""
    found, status = None, 200
    if request.method == "POST":
        number, code = request.form.get("number", "")[:32], request.form.get("code", "")[:16]
        try:
            with desk().store.reading() as unit:
                found = receipts.progress(unit, number, code)
        except RegistryError as error:
            status = messages.status_of(error.code)
    page = render_template(
        "registry/desks/receipts.html", found=found, kinds=KINDS, wrong=status != 200
    )
    return page, status


@blueprint.get("/applications/<application_id>/receipts/<number>")
@access(SIGNED_IN)
def one(application_id: str, number: str) -> str:
    """A receipt to be printed, for those whom the application concerns."""
    view = desk().view(ApplicationId(application_id), by=actor(), now=now())
    with desk().store.reading() as unit:
        every = queues.receipts_of(unit, view.application.id)
        found = next((each for each in every if each.number == number), None)
        if found is None:
            abort(404)
        step = next(each for each in view.steps if each.step_no == found.step_no)
        office = queues.office_name(unit, step.org_id)
    return render_template(
        "registry/desks/receipt.html", view=view, receipt=found, step=step, office=office
    )


@blueprint.app_context_processor
def for_templates() -> dict[str, object]:
    """What pages of an application use of it."""
    return {"receipts_of": _receipts_of}


def _receipts_of(application_id: ApplicationId) -> object:
    with desk().store.reading() as unit:
        return queues.receipts_of(unit, application_id)
