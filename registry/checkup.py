"""Whether a database is whole: asked after a crash, after a restore, and by cron.

* The database's own checks: pages and foreign keys (SQLite; PostgreSQL keeps its own).
* I1-I5 of `registry.record`, over all people at once.
* Every record has the version it says it has, among the versions that are kept.
* Every credential stands as its last order says and as its record allows, and was ordered.
* Every name has its key, or nobody finds it.
* The audit log is unbroken, up to the head kept beside it.

Each question is one statement that names only what is wrong, so that a whole country is checked in one
pass and the answer is short. The log is read a page at a time, each in a transaction of its own: whoever
reads an SQLite database for minutes keeps its writers waiting as long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, and_, case, func, or_, select

from credential.text import Text
from registry import audit, models
from registry.credentials import STATE_AFTER, CredentialState, OrderAction
from registry.errors import Code, RegistryError, refuse
from registry.record import LIVE, Level, Standing
from registry.store import Store, Unit

MAX_NAMED: Final = 20
LOG_PAGE: Final = 1000


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and up to twenty of those it is wrong with."""

    what: Text
    subjects: tuple[str, ...]


def faults(store: Store) -> Iterator[Fault]:
    """Everything that is wrong; nothing when the database is whole."""
    with store.reading() as unit:
        yield from contradictions(unit)
    try:
        walk_log(store)
    except RegistryError as error:
        yield Fault(_LOG, (error.reasons[0].subject,))


def contradictions(unit: Unit) -> Iterator[Fault]:
    """What is wrong with the file and with what the tables say of one another."""
    yield from _of_the_database(unit)
    for what, query in _QUESTIONS:
        wrong = tuple(str(row[0]) for row in unit.connection.execute(query().limit(MAX_NAMED)))
        if wrong:
            yield Fault(what, wrong)


def walk_log(
    store: Store, *, heads: Iterable[audit.Head] = (), check: audit.Verify | None = None
) -> audit.Head:
    """The head of the log, when it is unbroken and meets ``heads`` (`audit.verify`); ``AUDIT_BROKEN``
    with the number of the first bad row."""
    kept = audit.Head(seq=0, hash=audit.START)

    def rows() -> Iterator[audit.Row]:
        nonlocal kept
        last, page = 0, None
        while page is None or len(page) == LOG_PAGE:
            with store.reading() as unit:
                page, kept = unit.audit_page(after=last, limit=LOG_PAGE), unit.audit_head()
            yield from page
            last = page[-1].seq if page else last

    last = audit.verify(rows(), heads=heads, check=check)
    if last != kept:
        raise refuse(Code.AUDIT_BROKEN, str(last.seq + 1))
    return last


def _of_the_database(unit: Unit) -> Iterator[Fault]:
    if unit.connection.dialect.name != "sqlite":
        return
    for pragma, what in (
        ("integrity_check", Text("数据库文件损坏", "The file of the database is damaged")),
        ("foreign_key_check", Text("引用了不存在的行", "A row refers to one that is not there")),
    ):
        rows = unit.connection.exec_driver_sql(f"PRAGMA {pragma}").fetchmany(MAX_NAMED)
        said = tuple(" ".join(map(str, row)) for row in rows if row[0] != "ok")
        if said:
            yield Fault(what, said)


_LOG: Final = Text("审计日志断裂", "The audit log is broken at row")
_record, _credential, _order = models.practice_record, models.credential, models.issue_order
_is_live: Final = _record.c.standing.in_(sorted(LIVE))


def _two_in_one_place() -> Select[Any]:
    one = select(_record.c.person_id).where(_is_live)
    return one.group_by(_record.c.person_id, _record.c.place).having(func.count() > 1)


def _assistant_in_two_places() -> Select[Any]:
    assists = func.max(case((_record.c.level == Level.ASSISTANT, 1), else_=0))
    one = select(_record.c.person_id).where(_is_live).group_by(_record.c.person_id)
    return one.having(and_(func.count() > 1, assists == 1))


def _mixed() -> Select[Any]:
    sort = _record.c.category * 10 + func.coalesce(_record.c.level, 0)
    one = select(_record.c.person_id).where(_is_live, _record.c.is_exception.is_(False))
    return one.group_by(_record.c.person_id).having(func.min(sort) != func.max(sort))


def _without_institution() -> Select[Any]:
    office = models.institution
    joined = _record.outerjoin(office, office.c.id == _record.c.institution_id)
    return select(_record.c.id).select_from(joined).where(office.c.id.is_(None))


def _in_another_place() -> Select[Any]:
    province = func.substr(_record.c.county, 1, 2)
    right = case((_record.c.level == Level.ASSISTANT, _record.c.county), else_=province)
    return select(_record.c.id).where(_record.c.place != right)


def _without_version() -> Select[Any]:
    kept = models.practice_record_version
    newest = (
        select(func.max(kept.c.version)).where(kept.c.record_id == _record.c.id).scalar_subquery()
    )
    return select(_record.c.id).where(func.coalesce(newest, 0) != _record.c.version)


def _never_ordered() -> Select[Any]:
    ordered = select(_order.c.id).where(_order.c.credential_id == _credential.c.id).exists()
    return select(_credential.c.id).where(~ordered)


def _not_as_ordered() -> Select[Any]:
    last = (
        select(_order.c.action)
        .where(_order.c.credential_id == _credential.c.id)
        .order_by(_order.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    right = or_(
        *(
            and_(last == action, _credential.c.state == state)
            for action, state in STATE_AFTER.items()
        )
    )
    return select(_credential.c.id).where(~right)


def _against_the_record() -> Select[Any]:
    joined = _credential.join(_record, _record.c.id == _credential.c.record_id)
    open_states = (CredentialState.ACTIVE, CredentialState.SUSPENDED)
    ended = and_(~_is_live, _credential.c.state.in_(open_states))
    rests = and_(
        _record.c.standing != Standing.VALID, _credential.c.state == CredentialState.ACTIVE
    )
    return select(_credential.c.id).select_from(joined).where(or_(ended, rests))


def _done_and_unsigned() -> Select[Any]:
    """Done without a message is right only for what was overtaken before it was signed."""
    joined = _credential.join(_order, _order.c.credential_id == _credential.c.id)
    return (
        select(_credential.c.id)
        .select_from(joined)
        .where(
            _order.c.action == OrderAction.ISSUE,
            _order.c.done_at.is_not(None),
            _credential.c.message.is_(None),
            _credential.c.state.in_((CredentialState.ACTIVE, CredentialState.SUSPENDED)),
        )
    )


def _without_key(table: Any) -> Callable[[], Select[Any]]:
    return lambda: select(table.c.id).where(table.c.name_key == "", table.c.name != "")


_QUESTIONS: Final[tuple[tuple[Text, Callable[[], Select[Any]]], ...]] = (
    (Text("同一执业地点有两条有效注册", "Two live records for one place"), _two_in_one_place),
    (Text("助理医师有两个执业地点", "An assistant in two places"), _assistant_in_two_places),
    (Text("级别或者类别不一致", "Level or category differs between live records"), _mixed),
    (Text("执业记录没有主要执业机构", "A record without main institution"), _without_institution),
    (Text("执业地点与机构所在地不符", "A place that is not the institution's"), _in_another_place),
    (Text("执业记录缺少其版本", "A record without the version it has"), _without_version),
    (Text("证照没有签发指令", "A credential that nobody ordered"), _never_ordered),
    (Text("证照状态与指令不符", "A credential not as it was ordered"), _not_as_ordered),
    (Text("证照状态与执业记录不符", "A credential against its record"), _against_the_record),
    (Text("指令已完成而证照未签发", "Ordered, done and not signed"), _done_and_unsigned),
    (Text("姓名没有检索键", "A person without a search key"), _without_key(models.person)),
    (
        Text("机构名称没有检索键", "An institution without a search key"),
        _without_key(models.institution),
    ),
)
