"""What a decision will change, computed before it is taken: field by field, credential by credential.

The same effect and the same comparison that an approval runs (`effects`, `credentials.due`) are run on the
case as it stands and nothing is saved. What cannot be known before, the number a new licence gets, is
named as such.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from credential.text import Text
from registry.credentials import Due, OrderAction
from registry.errors import Reason
from registry.record import Dossier, LicenceNumber, PracticeRecord
from registry.workflow import Application

NUMBER_TO_COME: Final = LicenceNumber("000000000000000")
"""Stands for a licence number that is given at approval."""

SHOWN: Final[Mapping[str, tuple[str, Text]]] = {
    "standing": ("standing", Text("执业状态", "Standing")),
    "level": ("level", Text("医师级别", "Level")),
    "category": ("category", Text("医师类别", "Category")),
    "place": ("place", Text("执业地点", "Place of practice")),
    "institution_id": ("institution", Text("主要执业机构", "Main institution")),
    "authority_id": ("authority", Text("审批机关", "Authority")),
    "scopes": ("scopes", Text("执业范围", "Scope of practice")),
    "title": ("title", Text("任职资格", "Title")),
    "licence_number": ("number", Text("执业证书编码", "Licence number")),
    "department_id": ("department", Text("所在科室", "Department")),
    "school": ("text", Text("毕业学校", "School")),
    "education": ("education", Text("学历", "Education")),
    "qualification_id": ("qualification", Text("医师资格", "Qualification")),
    "is_resident_trainee": ("yes_no", Text("规培医师", "Resident trainee")),
    "is_exception": ("yes_no", Text("级别类别例外", "Exception of level or category")),
    "approved_on": ("day", Text("批准日期", "Approved on")),
    "filed_on": ("day", Text("备案日期", "Filed on")),
    "suspended_from": ("day", Text("暂停起始", "Suspended from")),
    "suspended_to": ("day", Text("暂停截止", "Suspended until")),
    "ended_on": ("day", Text("终止日期", "Ended on")),
    "end_reason": ("end_reason", Text("终止原因", "Reason of the end")),
}
"""The fields of a record that people compare: how each is shown, and its words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field that differs. ``shows`` names how its values are put into words; None stands for nothing."""

    subject: str
    label: Text
    shows: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What follows when an application takes effect today; or the reasons why it could not."""

    changes: tuple[Change, ...] = ()
    orders: tuple[Due, ...] = ()
    voids: tuple[Application, ...] = ()
    reasons: tuple[Reason, ...] = ()

    def counts(self) -> dict[OrderAction, int]:
        """How many credentials are issued, superseded, suspended, resumed, revoked."""
        return {
            action: sum(each.action is action for each in self.orders)
            for action in OrderAction
            if any(each.action is action for each in self.orders)
        }


def differences(before: PracticeRecord | None, after: PracticeRecord | None) -> Iterator[Change]:
    """The shown fields in which two versions of a record differ, in the order people read them."""
    named = after or before
    if named is None:
        return
    for key, (shows, label) in SHOWN.items():
        old = getattr(before, key) if before else None
        new = getattr(after, key) if after else None
        if old != new and (before is not None or _says_something(new)):
            yield Change(subject=named.id, label=label, shows=shows, before=old, after=new)


def changes(before: Dossier, after: Dossier) -> tuple[Change, ...]:
    """Everything people compare that differs between two dossiers of one person."""
    return tuple(_changes(before, after))


def _changes(before: Dossier, after: Dossier) -> Iterator[Change]:
    for record in after.records:
        yield from differences(before.record(record.id), record)
    yield from _rows(before.filings, after.filings, _FILING, "filing")
    yield from _rows(before.legacy, after.legacy, _LEGACY, "filing")
    yield from _rows(before.bars, after.bars, _BAR, "bar")
    for key, (shows, label) in _PERSON.items():
        old, new = getattr(before.person, key), getattr(after.person, key)
        if old != new:
            yield Change(subject=after.person.id, label=label, shows=shows, before=old, after=new)
    if before.confirmed_photo != after.confirmed_photo:
        old_photo, new_photo = before.confirmed_photo, after.confirmed_photo
        yield Change(
            subject=after.person.id,
            label=Text("个人照片", "Photo"),
            shows="photo",
            before=old_photo.sha256 if old_photo else None,
            after=new_photo.sha256 if new_photo else None,
        )


_FILING: Final = Text("多执业机构备案", "Multi-institution filing")
_LEGACY: Final = Text("多地点执业", "Multi-location registration")
_BAR: Final = Text("不予注册期限", "Registration barred")
_PERSON: Final[Mapping[str, tuple[str, Text]]] = {
    "binding": ("binding", Text("医师账户状态", "Account")),
    "died": ("yes_no", Text("死亡或者被宣告失踪", "Dead or declared missing")),
}


def _rows(before: Iterable[Any], after: Iterable[Any], label: Text, shows: str) -> Iterator[Change]:
    known = {each.id: each for each in before}
    for each in after:
        if known.get(each.id) != each:
            yield Change(
                subject=each.id,
                label=label,
                shows=shows,
                before=known.get(each.id),
                after=each,
            )


def _says_something(value: Any) -> bool:
    return value not in (None, "", 0, False)
