"""The counter where applications are made and decided: one use case, one transaction.

Every use case loads, asks the guard and the rules, acts, and saves, all in one transaction: the state of
the application, the records, the history, the audit row, notices and the orders for credentials. What a
transaction does not reach did not happen; what it commits is all there.

* ``now``, ids and the 8-byte credential ids are handed in.
* ``seen`` names what the actor had on the screen (`View.seen`): application, answers, record version and
  photo. Where it is not what is stored, nothing is decided: ``STALE_FORM``.
* ``request`` names one press of a button; repeated, it gets the first answer and does nothing more.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from registry import credentials, effects, forms, impact, ledger, receipts, rules, workflow
from registry.credentials import Due
from registry.effects import Grant
from registry.errors import Code, Reason, RegistryError, refuse
from registry.forms import IncompleteError
from registry.impact import Impact
from registry.kinds import KINDS, ApplicationKind, Kind
from registry.messages import Notice
from registry.periods import china_day, start_of_china_day
from registry.record import (
    Dossier,
    InstitutionId,
    PersonId,
    Photo,
    PhotoId,
    PhotoState,
    PracticeRecord,
)
from registry.roles import SYSTEM, Actor, Role
from registry.rules import Case, Policy
from registry.store import Store, Stored, Unit
from registry.workflow import Action, Application, ApplicationId, Day, Status, Word

MAX_ATTACHMENT_BYTES: Final = 5 * 1024 * 1024
MAX_ATTACHMENTS: Final = 20
"""Of one application; what was replaced counts, because it is kept."""
MAX_PHOTO_BYTES: Final = 1024 * 1024

_AGREEMENTS: Final = frozenset({Action.SUBMIT, Action.PASS, Action.APPROVE})
"""Where the rules of a kind are asked."""
_NO_WORD: Final = Word()


class Deed(StrEnum):
    """What is put on record though it changes no record."""

    SIGN_IN = "account.sign_in"
    SIGN_IN_REFUSED = "account.sign_in_refused"
    SIGN_OUT = "account.sign_out"
    REVEAL = "person.reveal"
    EXPORT = "list.export"
    CONSENT = "code.consent"
    BOOK = "code.book"
    BADGE_TAKEN = "badge.download"
    PREVIEW = "licence.preview"
    VERIFY_USER = "account.verify_user"
    VERIFY_USER_ON = "account.verify_user_on"
    VERIFY_USER_OFF = "account.verify_user_off"
    SCAN_SIGN_IN = "account.scan_sign_in"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """An application as one actor may see it."""

    application: Application
    answers: Mapping[str, Any]
    case: Case
    kind: Kind
    actions: frozenset[Action]
    warnings: tuple[Reason, ...]
    steps: tuple[Any, ...]
    seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The use cases of applications, over one store."""

    store: Store
    new_id: Callable[[], str]
    new_cti: Callable[[], bytes]
    policy: Policy = Policy()  # noqa: RUF009 - frozen
    code_key: bytes = field(default=b"", repr=False)
    """Under which one-time codes are kept (`registry.members`); a desk without one sends none."""

    def start(
        self,
        kind: ApplicationKind,
        answers: Mapping[str, Any],
        *,
        by: Actor,
        request: str,
        now: datetime,
        person_id: PersonId | None = None,
    ) -> ApplicationId:
        """A new draft. A clerk names the person, a physician is the person."""
        with self.store.writing() as unit:
            if earlier := _answered_before(unit, by, request, f"START {kind}"):
                return earlier
            whose = by.person_id if by.role is Role.PHYSICIAN else person_id
            if by.role not in KINDS[kind].starters or whose is None:
                raise refuse(Code.ROLE_FORBIDDEN, kind)
            application = Application(
                id=ApplicationId(self.new_id()),
                kind=kind,
                started_by=by.role,
                owner_user=by.user_id,
                owner_org=by.org_id,
                person_id=whose,
                created_at=now,
                waits_since=china_day(now),
            )
            case = self._case(unit, application, _read(application, answers), now)
            _keep_strangers_out(case, KINDS[kind])
            unit.add_application(application, case.answers)
            unit.remember(by, request, asked=f"START {kind}", application_id=application.id, at=now)
            unit.log("application.start", application.id, by=by, at=now, details={"kind": kind})
            return application.id

    def beginning(
        self, kind: ApplicationKind, *, by: Actor, now: datetime, **known: Any
    ) -> dict[str, Any]:
        """What a physician's form begins with: everything the records already answer."""
        with self.store.reading() as unit:
            application = Application(
                id=ApplicationId(""),
                kind=kind,
                started_by=by.role,
                owner_user=by.user_id,
                person_id=by.person_id or PersonId(""),
                created_at=now,
            )
            case = self._case(unit, application, known, now)
            for field in (each for page in KINDS[kind].pages for each in page.fields):
                if field.first is not None and field.key not in case.answers:
                    with suppress(IncompleteError):
                        if (value := field.first(case)) is not None:
                            case = self._case(
                                unit, application, {**case.answers, field.key: value}, now
                            )
            return forms.to_json(case.answers)

    def save(
        self,
        application_id: ApplicationId,
        answers: Mapping[str, Any],
        *,
        by: Actor,
        seen: str,
        now: datetime,
    ) -> str:
        """Saves pages of a form that may still be incomplete; what is then on the screen."""
        with self.store.writing() as unit:
            day = self.day(unit, now)
            stored, case = self._opened(
                unit, application_id, Action.EDIT, by=by, seen=seen, day=day
            )
            before = stored.application
            told = {key: value for key, value in answers.items() if value is not None}
            kept = {key: value for key, value in stored.answers.items() if key not in answers}
            changed = replace(case, answers=_read(before, {**kept, **told}))
            changed = self._case(unit, before, changed.answers, now)
            _keep_strangers_out(changed, KINDS[before.kind])
            after = replace(before, version=before.version + 1)
            unit.save_application(before, after, answers=forms.to_json(changed.answers))
            return _seen(after, changed)

    def act(
        self,
        application_id: ApplicationId,
        action: Action,
        *,
        by: Actor,
        seen: str,
        request: str,
        now: datetime,
        word: Word = _NO_WORD,
    ) -> Application:
        """Submits, withdraws, reviews or decides; the application as it then stands."""
        with self.store.writing() as unit:
            asked = f"{action} {application_id}"
            if _answered_before(unit, by, request, asked):
                return unit.application(application_id).application
            day = self.day(unit, now)
            stored, case = self._opened(unit, application_id, action, by=by, seen=seen, day=day)
            after = self._step(
                unit, stored.application, case, action, by=by, word=word, seen=seen, day=day
            )
            unit.remember(by, request, asked=asked, application_id=application_id, at=now)
            return after

    def delete(self, application_id: ApplicationId, *, by: Actor, now: datetime) -> None:
        """Throws a draft away."""
        with self.store.writing() as unit:
            application = unit.application(application_id).application
            if code := workflow.why_not(application, Action.DELETE, by, self.day(unit, now)):
                raise refuse(code, Action.DELETE)
            unit.delete_draft(application)
            unit.log("application.delete", application_id, by=by, at=now)

    def view(self, application_id: ApplicationId, *, by: Actor, now: datetime) -> View:
        """One application for the screen; ``NOT_FOUND`` for those it does not concern."""
        with self.store.reading() as unit:
            stored = unit.application(application_id)
            application, day = stored.application, self.day(unit, now)
            if not workflow.may_see(application, by):
                raise refuse(Code.NOT_FOUND, "application")
            case = self._case(unit, application, _read(application, stored.answers), now)
            if by.role is not Role.PHYSICIAN:
                case = replace(case, has_namesake=unit.has_namesake(case.dossier.person))
            kind = KINDS[application.kind]
            return View(
                application=application,
                answers=case.answers,
                case=case,
                kind=kind,
                actions=workflow.open_actions(application, by, day),
                warnings=tuple(_as_far_as_known(kind.warnings, case)),
                steps=tuple(unit.steps(application_id)),
                seen=_seen(application, case),
            )

    def preview(self, application_id: ApplicationId, *, by: Actor, now: datetime) -> Impact:
        """What follows if the application takes effect as it stands now: computed, and not saved."""
        with self.store.reading() as unit:
            stored = unit.application(application_id)
            application = stored.application
            if not workflow.may_see(application, by):
                raise refuse(Code.NOT_FOUND, "application")
            case = self._case(unit, application, _read(application, stored.answers), now)
            kind = KINDS[application.kind]
            reasons = forms.gaps(kind.pages_for(case.starter), case) or rules.reasons(
                kind.rules, case
            )
            if reasons:
                return Impact(reasons=tuple(reasons))
            before, numbers = case.dossier, iter(range(1, 1000))
            unnumbered = Grant(
                new_id=lambda: f"new-{next(numbers)}",
                new_licence_number=lambda _level, _category, _authority: impact.NUMBER_TO_COME,
            )
            dossier = effects.confirm_photo(before) if kind.confirms_photo else before
            after = kind.effect(replace(case, dossier=dossier), unnumbered)
            whole, orders = self._due(unit, before, after, now)
            return Impact(
                changes=impact.changes(before, whole),
                orders=tuple(orders),
                voids=tuple(self._voided(unit, before, after, application)),
            )

    def attach(
        self,
        application_id: ApplicationId,
        *,
        name: str,
        content: bytes,
        by: Actor,
        now: datetime,
    ) -> str:
        """Hands a file in with an application that may still be edited; its id."""
        if not 0 < len(content) <= MAX_ATTACHMENT_BYTES:
            raise refuse(Code.FIELD_TOO_LONG, "attachment")
        with self.store.writing() as unit:
            application = unit.application(application_id).application
            if code := workflow.why_not(application, Action.EDIT, by, self.day(unit, now)):
                raise refuse(code, Action.EDIT)
            if unit.count_attachments(application_id) >= MAX_ATTACHMENTS:
                raise refuse(Code.FILES_FULL, "attachment")
            attachment_id = self.new_id()
            unit.add_attachment(
                attachment_id, application_id, name=forms.text(128)(name), content=content, at=now
            )
            return attachment_id

    def upload_photo(self, image: bytes, *, by: Actor, now: datetime) -> PhotoId:
        """个人照片: waits for the institution; only the newest one waits (article, 2.3.2)."""
        if by.person_id is None or by.role is not Role.PHYSICIAN:
            raise refuse(Code.ROLE_FORBIDDEN, "photo")
        if not 0 < len(image) <= MAX_PHOTO_BYTES:
            raise refuse(Code.FIELD_TOO_LONG, "photo")
        with self.store.writing() as unit:
            photo = Photo(
                id=PhotoId(self.new_id()),
                person_id=by.person_id,
                sha256=hashlib.sha256(image).hexdigest(),
                state=PhotoState.PENDING,
            )
            unit.replace_photo(photo, image)
            unit.log("photo.upload", by.person_id, by=by, at=now, details={"sha256": photo.sha256})
            return photo.id

    def note(
        self,
        deed: Deed,
        subject: str,
        *,
        by: Actor,
        now: datetime,
        details: Mapping[str, Any] | None = None,
    ) -> int:
        """Puts on record what changes nothing but must be known: sign-ins, what was shown in clear,
        exports. The number of the row; whoever shows or exports does so only after this returned."""
        with self.store.writing() as unit:
            return unit.log(deed, subject, by=by, at=now, details=details)

    # One step, whoever takes it.

    def step(
        self, unit: Unit, application: Application, action: Action, *, by: Actor, now: datetime
    ) -> Application:
        """A step inside a running transaction, with nothing on a screen: time, or another decision."""
        stored = unit.application(application.id)
        case = self._case(unit, stored.application, _read(application, stored.answers), now)
        day = self.day(unit, now)
        return self._step(
            unit, stored.application, case, action, by=by, word=_NO_WORD, seen="", day=day
        )

    def follow_up(
        self,
        unit: Unit,
        before: Dossier,
        after: Dossier,
        *,
        audit_seq: int,
        now: datetime,
        cause: Application | None = None,
    ) -> None:
        """Saves a changed dossier with all that follows from it: versions, credentials, notices, voided
        applications."""
        unit.save(before, after, at=now, audit_seq=audit_seq)
        whole, orders = self._due(unit, before, after, now)
        self._order(unit, whole, orders, audit_seq=audit_seq, now=now)
        self._tell_institutions(unit, before, after, now)
        for record in _no_longer_as(before, after):
            unit.finish_tasks(record.id, at=now)
        for application in self._voided(unit, before, after, cause):
            self.step(unit, application, Action.VOID, by=SYSTEM, now=now)
            self.tell(unit, application.person_id, Notice.VOIDED, application.id, now)

    def renew(self, unit: Unit, person_id: PersonId, *, now: datetime) -> int:
        """Orders what the records of a person call for by now, with nothing else changed: new credentials in
        time for those that will end. How many orders that were."""
        dossier = unit.dossier(person_id)
        whole, orders = self._due(unit, dossier, dossier, now)
        if orders:
            seq = unit.log("credential.renew", person_id, by=SYSTEM, at=now)
            self._order(unit, whole, orders, audit_seq=seq, now=now)
            self.tell(unit, person_id, Notice.RENEWED, person_id, now)
        return len(orders)

    def _order(
        self, unit: Unit, dossier: Dossier, orders: Iterable[Due], *, audit_seq: int, now: datetime
    ) -> None:
        for due in orders:
            ledger.order(
                unit,
                due,
                dossier=dossier,
                audit_seq=audit_seq,
                at=now,
                new_id=self.new_id,
                new_cti=self.new_cti,
            )

    def _due(
        self, unit: Unit, before: Dossier, after: Dossier, now: datetime
    ) -> tuple[Dossier, list[Due]]:
        """The changed dossier with the institutions it names, and the orders that follow from it."""
        named = {each.institution_id for each in after.records}
        named |= {each.institution_id for each in after.filings}
        unknown = unit.institutions(named - set(before.institutions))
        whole = replace(after, institutions={**before.institutions, **unknown})
        return whole, credentials.due(whole, ledger.held(unit, whole), today=china_day(now))

    def _opened(
        self,
        unit: Unit,
        application_id: ApplicationId,
        action: Action,
        *,
        by: Actor,
        seen: str,
        day: Day,
    ) -> tuple[Stored, Case]:
        stored = unit.application(application_id)
        application = stored.application
        if code := workflow.why_not(application, action, by, day):
            raise refuse(code, action)
        case = self._case(unit, application, _read(application, stored.answers), day.now)
        if seen != _seen(application, case):
            raise refuse(Code.STALE_FORM, application.id)
        return stored, case

    def _step(
        self,
        unit: Unit,
        before: Application,
        case: Case,
        action: Action,
        *,
        by: Actor,
        word: Word,
        seen: str,
        day: Day,
    ) -> Application:
        kind, now = KINDS[before.kind], day.now
        if action in _AGREEMENTS:
            _check(kind, case)
        if action is Action.APPROVE and before.started_by is Role.AUTHORITY_CLERK:
            self._keep_within_a_day(unit, by, now)
        after = workflow.act(before, action, by=by, word=word, day=day)
        if action is Action.SUBMIT:
            after = _routed(after, kind, case)
        unit.save_application(before, after, one_open=_excludes(after, kind, case, action))
        step_no = unit.add_step(before, after, action, by=by, word=word, seen=seen, at=now)
        audit_seq = unit.log(
            f"application.{action.lower()}",
            before.id,
            by=by,
            at=now,
            details={
                "kind": before.kind,
                "from": before.status,
                "to": after.status,
                "seen": seen,
                "opinion": word.opinion,
                "ground": word.ground,
            },
        )
        if action in receipts.GIVEN_FOR:
            number = receipts.number_of(audit_seq, day.today)
            code = receipts.code_from(self.new_id())
            unit.add_receipt(number, code=code, application_id=before.id, step_no=step_no, at=now)
        dossier = case.dossier
        if action is Action.PASS and kind.confirms_photo:
            dossier = effects.confirm_photo(dossier)
        if workflow.takes_effect(before, after):
            dossier = kind.effect(replace(case, dossier=dossier), self._grant(unit, case))
        if dossier != case.dossier:
            self.follow_up(unit, case.dossier, dossier, audit_seq=audit_seq, now=now, cause=after)
        if before.status in workflow.WAITING and after.status is not before.status:
            unit.finish_tasks(after.id, at=now)
        self._tell_about(unit, before, after, action, now)
        return after

    def _keep_within_a_day(self, unit: Unit, by: Actor, now: datetime) -> None:
        """What an authority does on its own motion in bulk ends at a number a day."""
        decided = unit.ex_officio_decisions(by.org_id, since=start_of_china_day(now))
        if decided >= self.policy.ex_officio_per_day:
            raise refuse(Code.LIMIT_REACHED)

    def _case(
        self, unit: Unit, application: Application, answers: Mapping[str, Any], now: datetime
    ) -> Case:
        dossier = unit.dossier(application.person_id)
        today = china_day(now)
        proposed: str | None = answers.get("institution_id")
        institutions = dict(dossier.institutions)
        if proposed and proposed not in institutions:
            institutions.update(unit.institutions([proposed]))
        record = dossier.record(answers.get("record_id"))
        fields = (each for page in KINDS[application.kind].pages for each in page.fields)
        asks_department = any(each.key == "department_id" for each in fields)
        return Case(
            dossier=dossier,
            answers=answers,
            starter=application.started_by,
            starter_org=application.owner_org,
            submitted_on=application.submitted_on or today,
            today=today,
            policy=self.policy,
            institutions=institutions,
            departments=unit.departments(record.institution_id)
            if record and asks_department
            else (),
            attachments=unit.attachments(application.id),
        )

    def _grant(self, unit: Unit, case: Case) -> Grant:
        person_id = case.dossier.person.id
        return Grant(
            new_id=self.new_id,
            new_licence_number=lambda level, category, authority_id: unit.new_licence_number(
                person_id, level, category, authority_id
            ),
        )

    def day(self, unit: Unit, now: datetime) -> Day:
        """What an action at ``now`` is measured by."""
        return Day(now=now, calendar=unit.calendar(), policy=self.policy)

    def _voided(
        self, unit: Unit, before: Dossier, after: Dossier, cause: Application | None
    ) -> list[Application]:
        """Open applications whose ground is gone: their record ended, the person died or left for the
        military, or an office has decided on the same record."""
        ended = {record.id for record in _newly_ended(before, after)}
        all_gone = bool(ended) and not after.live_records
        by_office = cause is not None and cause.started_by is not Role.PHYSICIAN
        if not ended and not by_office:
            return []
        everything = after.person.died or (
            all_gone and cause is not None and KINDS[cause.kind].ends_everything
        )
        return [
            each
            for each in unit.open_applications(after.person.id)
            if (cause is None or each.id != cause.id)
            and (
                everything
                or each.record_id in ended
                or (
                    by_office
                    and cause is not None
                    and each.record_id == cause.record_id
                    and KINDS[each.kind].is_exclusive
                )
            )
        ]

    # Telling people.

    def _tell_about(
        self, unit: Unit, before: Application, after: Application, action: Action, now: datetime
    ) -> None:
        if action is Action.SUBMIT and after.started_by is not Role.PHYSICIAN:
            self.tell(unit, after.person_id, Notice.STARTED_BY_CLERK, after.id, now)
        if after.status in workflow.RETURNED:
            self.tell(unit, after.owner_org or after.person_id, Notice.RETURNED, after.id, now)
        if action is Action.EXTEND:
            for to_id in filter(None, (after.person_id, after.institution_id)):
                self.tell(unit, to_id, Notice.DECISION_EXTENDED, after.id, now)
        decided = before.is_open and not after.is_open
        if decided and action not in (Action.WITHDRAW, Action.VOID):
            self.tell(unit, after.person_id, Notice.DECIDED, after.id, now)
            if after.institution_id and action is not Action.PASS:
                self.tell(unit, after.institution_id, Notice.DECIDED, after.id, now)

    def _tell_institutions(
        self, unit: Unit, before: Dossier, after: Dossier, now: datetime
    ) -> None:
        for old in before.live_records:
            new = after.record(old.id)
            if new is None or not new.is_live or new.institution_id != old.institution_id:
                self.tell(unit, old.institution_id, Notice.RECORD_LEAVES, old.id, now)
            if new is not None and new.authority_id != old.authority_id:
                self.tell(unit, old.authority_id, Notice.RECORD_LEAVES, old.id, now)

    def tell(
        self,
        unit: Unit,
        to_id: str,
        notice: Notice,
        subject: str,
        now: datetime,
        *,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """Leaves a notice for a person, an institution or an authority."""
        unit.tell(to_id, notice, subject, id=self.new_id(), details=dict(details or {}), at=now)


def _answered_before(unit: Unit, by: Actor, request: str, asked: str) -> ApplicationId | None:
    earlier = unit.remembered(by, request)
    if earlier is None:
        return None
    if earlier[0] != asked:
        raise refuse(Code.STALE_FORM, "request")
    return earlier[1]


def _read(application: Application, raw: Mapping[str, Any]) -> dict[str, Any]:
    values, faults = forms.read(KINDS[application.kind].pages_for(application.started_by), raw)
    if faults:
        raise RegistryError(*faults)
    return values


def _check(kind: Kind, case: Case) -> None:
    """Returns when the form is complete and every rule of the kind holds."""
    faults = forms.gaps(kind.pages_for(case.starter), case)
    if not faults:
        faults = rules.reasons(kind.rules, case)
    if faults:
        raise RegistryError(*faults)


def _as_far_as_known(these: Iterable[rules.Rule], case: Case) -> list[Reason]:
    known: list[Reason] = []
    for rule in these:
        try:
            known += rules.reasons([rule], case)
        except (IncompleteError, RegistryError, KeyError):
            continue
    return known


def _keep_strangers_out(case: Case, kind: Kind) -> None:
    """A clerk may not even draft something about a record that is not the own office's."""
    if case.starter is Role.PHYSICIAN:
        return
    if case.dossier.record(case.answers.get("record_id")) is None:
        raise refuse(Code.NOT_FOUND, "record_id")
    strange = [each for each in _as_far_as_known(kind.rules, case) if each.code is Code.NOT_FOUND]
    if strange:
        raise refuse(Code.NOT_FOUND, "record_id")


def _routed(application: Application, kind: Kind, case: Case) -> Application:
    institution_id: InstitutionId | None = None
    if kind.reviewer is not None and application.started_by is Role.PHYSICIAN:
        institution_id = kind.reviewer(case).id
    record = case.dossier.record(case.answers.get("record_id"))
    return replace(
        application,
        record_id=record.id if record else None,
        institution_id=institution_id,
        authority_id=kind.authority(case) if kind.authority else None,
    )


def _excludes(application: Application, kind: Kind, case: Case, action: Action) -> str | None:
    """What this application keeps others from being opened for; nothing once it is closed, and nothing
    where an office started it."""
    by_physician = application.started_by is Role.PHYSICIAN
    if kind.one_open is None or not by_physician or not application.is_open:
        return None
    if action is Action.EDIT or application.status is Status.DRAFT:
        return None
    return kind.one_open(case)


def _seen(application: Application, case: Case) -> str:
    """A digest of everything a decision is about."""
    record = case.dossier.record(case.answers.get("record_id"))
    photo = case.dossier.pending_photo or case.dossier.confirmed_photo
    content = {
        "application": [application.id, application.version],
        "answers": forms.to_json(case.answers),
        "record": [record.id, record.version] if record else None,
        "photo": photo.sha256 if photo else None,
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _newly_ended(before: Dossier, after: Dossier) -> list[PracticeRecord]:
    was_live = {record.id for record in before.live_records}
    return [each for each in after.records if each.id in was_live and not each.is_live]


def _no_longer_as(before: Dossier, after: Dossier) -> list[PracticeRecord]:
    """Records that do not stand as they did: what was to be done about that is done."""
    stood = {record.id: record.standing for record in before.records}
    return [
        each for each in after.records if stood.get(each.id, each.standing) is not each.standing
    ]
