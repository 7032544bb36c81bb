"""What several desks show: deadlines in working days, values put into words, the press of a button."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from flask import abort, request

from credential.text import Text
from registry import impact, messages, workflow
from registry.accounts import masked
from registry.credentials import CredentialKind, OrderAction
from registry.record import Dossier, Institution
from registry.roles import Role
from registry.store import Unit
from registry.web import words
from registry.web.service import actor, today
from registry.workflow import Application, Day, Status

SHOWN: Final = impact.SHOWN
Organ = tuple[str, str]
"""The column that names an office in an application, and the office's id."""


def organ() -> Organ:
    """The office of who is signed in."""
    column = "institution_id" if actor().role is Role.INSTITUTION_CLERK else "authority_id"
    return column, actor().org_id


def pressed(of: str = "") -> str:
    """The name of this press of a button; ``of`` tells apart what one press does to many."""
    name = request.form.get("request", "")
    if not re.fullmatch(r"[0-9a-f]{32}", name):
        abort(400)
    return hashlib.sha256(f"{name} {of}".encode()).hexdigest()[:32] if of else name


def typed_day(key: str) -> date | None:
    """A day typed into a form; None where none was, or none can be read."""
    try:
        return date.fromisoformat(request.values.get(key, ""))
    except ValueError:
        return None


# --- deadlines -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline: its last day, the working days left (negative when over). An institution has no limit of
    its own: for it the day is advice, after which it is reminded."""

    on: date
    left: int
    is_advice: bool = False

    @property
    def text(self) -> Text:
        over, left = -self.left, self.left
        if self.left < 0:
            if self.is_advice:
                return Text(
                    f"已超出建议时间 {over} 个工作日", f"{over} working days past the advice"
                )
            return Text(f"已超期 {over} 个工作日", f"{over} working days over")
        if self.left == 0:
            return Text("今天到期", "due today")
        return Text(f"还剩 {left} 个工作日", f"{left} working days left")

    @property
    def tone(self) -> str:
        if self.left < 0:
            return "caution" if self.is_advice else "bad"
        return "caution" if self.left <= SOON else ""


SOON: Final = 2


def due(application: Application, day: Day) -> Due | None:
    """The deadline an application runs against where it stands."""
    last = workflow.due_on(application, day)
    if last is None:
        return None
    is_advice = application.status is Status.INSTITUTION_REVIEW
    return Due(last, day.calendar.left(day.today, last), is_advice)


# --- values --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What ids are called: institutions, authorities, departments, qualifications."""

    institutions: Mapping[str, Institution]
    authorities: Mapping[str, str]
    departments: Mapping[str, str] = field(default_factory=dict)
    dossier: Dossier | None = None

    def institution(self, institution_id: str | None) -> str:
        found = self.institutions.get(institution_id or "")
        if found is None:
            return ""
        return f"{found.name}（{found.second_name}）" if found.second_name else found.name


def names_of(unit: Unit, dossier: Dossier, *more: str) -> Names:
    """The names that a person's records, filings and what is proposed call for."""
    named = {each.institution_id for each in dossier.records}
    named |= {each.institution_id for each in dossier.filings}
    named |= {each.institution_id for each in dossier.legacy}
    institutions = unit.institutions({*named, *more})
    departments = {
        str(each.id): each.name for one in institutions for each in unit.departments(one)
    }
    return Names(
        institutions={str(key): each for key, each in institutions.items()},
        authorities=unit.authority_names(),
        departments=departments,
        dossier=dossier,
    )


def value(shows: str, what: Any, names: Names) -> str:
    """One value of `impact.SHOWN`, in words."""
    if what in (None, "", ()):
        return "—"
    return _SHOWS[shows](what, names)


def _qualification(what: Any, names: Names) -> str:
    found = names.dossier.qualification(what) if names.dossier else None
    if found is None:
        return "—"
    level = words.names("level", found.level)
    return f"{found.obtained_on.year} {level} {masked(found.number)}"


def _filing(what: Any, names: Names) -> str:
    ends = getattr(what, "valid_to", None)
    days = f" {words.day(what.valid_from)}—{words.day(ends)}" if ends else ""
    ended = f" · {words.t('已终止', 'ended')} {words.day(what.ended_on)}" if what.ended_on else ""
    said = words.scopes(what.scopes)
    return f"{names.institution(what.institution_id)} · {said}{days}{ended}"


def _bar(what: Any, names: Names) -> str:  # noqa: ARG001 - asked like the others
    until = words.day(what.until) or words.t("长期", "for good")
    return f"{words.term('deregister_reason', what.ground) or what.ground} · {until}"


_Show = Callable[[Any, Names], str]
_SHOWS: Final[Mapping[str, _Show]] = {
    "standing": lambda what, _: words.say(messages.STANDINGS[what]),
    "level": lambda what, _: words.names("level", what),
    "category": lambda what, _: words.names("category", what),
    "place": lambda what, _: words.place(what),
    "institution": lambda what, names: names.institution(what),
    "authority": lambda what, names: names.authorities.get(what, str(what)),
    "scopes": lambda what, _: words.scopes(what),
    "title": lambda what, _: words.names("title", what) if what else words.t("无", "none"),
    "number": lambda what, _: (
        words.t("批准时编定", "given at approval") if what == impact.NUMBER_TO_COME else str(what)
    ),
    "department": lambda what, names: names.departments.get(what, str(what)),
    "education": lambda what, _: words.term("education", what) or str(what),
    "qualification": _qualification,
    "yes_no": lambda what, _: words.t("是", "yes") if what else words.t("否", "no"),
    "day": lambda what, _: words.day(what),
    "end_reason": lambda what, _: words.term("deregister_reason", what) or str(what),
    "binding": lambda what, _: words.say(messages.BINDINGS[what]),
    "filing": _filing,
    "bar": _bar,
    "photo": lambda what, _: words.t("照片", "photo") + f" {what[:8]}",
    "text": lambda what, _: str(what),
}


# --- what follows --------------------------------------------------------------------------------


_WILL: Final[Mapping[OrderAction, Text]] = {
    OrderAction.REVOKE: Text("吊销旧证照 {n} 张", "revoke {n} old"),
    OrderAction.SUPERSEDE: Text("以新版本替代旧证照 {n} 张", "supersede {n} old"),
    OrderAction.SUSPEND: Text("暂停证照 {n} 张", "suspend {n}"),
    OrderAction.RESUME: Text("恢复证照 {n} 张", "resume {n}"),
    OrderAction.ISSUE: Text("签发新证照 {n} 张", "issue {n} new"),
}


def will(found: impact.Impact) -> Text:
    """将吊销旧证照 1 张，签发新证照 1 张: what an approval does to credentials, in one sentence."""
    counts = found.counts()
    said = [(text, counts[action]) for action, text in _WILL.items() if action in counts]
    if not said:
        return Text("证照没有变化", "No credential changes")
    zh = "，".join(text.zh.format(n=n) for text, n in said)
    en = ", ".join(text.en.format(n=n) for text, n in said)
    return Text(f"将{zh}", f"Will {en} credentials")


def each_order(found: impact.Impact) -> Iterable[Text]:
    """Every order an approval writes, one line each."""
    for order in found.orders:
        kind = messages.CREDENTIAL_KINDS[CredentialKind(order.kind)]
        action = messages.ORDER_ACTIONS[order.action]
        version = order.credential.version if order.credential else order.version
        yield Text(
            f"{kind.zh}第 {version} 版：{action.zh}", f"{kind.en} version {version}: {action.en}"
        )


def age(born_on: date) -> int:
    """Completed years today."""
    now = today()
    return now.year - born_on.year - ((now.month, now.day) < (born_on.month, born_on.day))
