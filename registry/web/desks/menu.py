"""The menu of each desk, by duty as in the institution edition (机构版; manual, 4.3), and the first page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, current_app, g

from credential.text import Text
from registry import queues
from registry.roles import Role
from registry.web.service import desk, who

blueprint = Blueprint("desks", __name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """One function: its view, its words, its icon, and what further views belong to it."""

    endpoint: str
    title: Text
    icon: str


@dataclass(frozen=True, slots=True)
class Group:
    """Functions of one duty."""

    title: Text
    entries: tuple[Entry, ...]


_QUEUE: Final = Entry("review.queue", Text("业务办理", "Applications"), "inbox")

MENUS: Final[Mapping[Role, tuple[Group, ...]]] = {
    Role.INSTITUTION_CLERK: (Group(Text("业务", "Work"), (_QUEUE,)),),
    Role.AUTHORITY_CLERK: (Group(Text("业务", "Work"), (_QUEUE,)),),
    Role.ADMIN: (),
}


def office_name() -> str:
    """The office of who is signed in; the administrator's own name for the administrator."""
    found = who()
    if found is None:
        return ""
    if "office_name" not in g:
        with desk().store.reading() as unit:
            g.office_name = queues.office_name(unit, found.account.org_id)
    return str(g.office_name or found.account.name)


def menu() -> tuple[Group, ...]:
    """The menu of who is signed in, without functions this application does not have."""
    found = who()
    groups = MENUS.get(found.account.role, ()) if found else ()
    known = current_app.view_functions
    return tuple(
        Group(group.title, tuple(each for each in group.entries if each.endpoint in known))
        for group in groups
    )


@blueprint.app_context_processor
def for_templates() -> dict[str, Any]:
    """What the frame of every desk shows."""
    return {"desk_menu": menu, "office_name": office_name}
