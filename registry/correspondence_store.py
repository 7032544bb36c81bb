"""Articles, tickets and feedback in the database: SQL, and nothing else.

The rules are in `articles` and `help_desk`; these functions read and write inside the transaction they are
given. Lists are pages of at most `PAGE` rows behind an index, newest first, each continued below the last
id shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, Table, and_, delete, func, insert, or_, select, update

from registry import models
from registry.correspondence import (
    Article,
    ArticleState,
    Feedback,
    FeedbackId,
    FeedbackMark,
    PictureId,
    Ticket,
    TicketId,
    TicketState,
)
from registry.errors import Code, refuse
from registry.store import Unit

PAGE: Final = 20

_ARTICLE: Final = [models.article.c[each.name] for each in fields(Article)]
_TICKET: Final = [models.ticket.c[each.name] for each in fields(Ticket)]
_FEEDBACK: Final = [models.feedback.c[each.name] for each in fields(Feedback)]


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, and the id to continue below; empty at the end."""

    rows: tuple[Any, ...]
    next: str


# Articles.


def article(unit: Unit, article_id: str) -> Article:
    """One article, whatever its state; ``NOT_FOUND``."""
    query = select(*_ARTICLE).where(models.article.c.id == article_id)
    row = unit.connection.execute(query).first()
    if row is None:
        raise refuse(Code.NOT_FOUND, "article")
    return Article(**row._mapping)


def published(unit: Unit, *, before: str = "", limit: int = PAGE) -> Page:
    """资讯 for the public, the latest first."""
    table = models.article
    query = select(*_ARTICLE).where(table.c.state == ArticleState.PUBLISHED)
    return _page(unit, Article, query, by=table.c.published_at, before=before, limit=limit)


def every_article(unit: Unit, *, before: str = "", limit: int = PAGE) -> Page:
    """All articles, the newest first."""
    table = models.article
    return _page(
        unit, Article, select(*_ARTICLE), by=table.c.created_at, before=before, limit=limit
    )


def add_article(unit: Unit, new: Article) -> None:
    unit.add(models.article, new)


def save_article(unit: Unit, before: Article, after: Article) -> None:
    """Writes an article; ``STALE_FORM`` when it has changed since ``before`` was read."""
    _save(unit, models.article, before, after)


# Tickets.


def wait_for(unit: Unit, account_id: str) -> None:
    """Other writers of this account's questions and pictures wait, so that limits hold."""
    query = select(models.account.c.id).where(models.account.c.id == account_id).with_for_update()
    unit.connection.execute(query)


def ticket(unit: Unit, ticket_id: str) -> Ticket:
    """One ticket; ``NOT_FOUND``."""
    query = select(*_TICKET).where(models.ticket.c.id == ticket_id)
    row = unit.connection.execute(query).first()
    if row is None:
        raise refuse(Code.NOT_FOUND, "ticket")
    return Ticket(**row._mapping)


def tickets_of(unit: Unit, account_id: str, *, before: str = "", limit: int = PAGE) -> Page:
    """我的咨询, the latest first."""
    table = models.ticket
    query = select(*_TICKET).where(table.c.account_id == account_id)
    return _page(unit, Ticket, query, by=table.c.at, before=before, limit=limit)


def tickets(
    unit: Unit, *, state: TicketState | None = None, before: str = "", limit: int = PAGE
) -> Page:
    """Everybody's tickets, in one state or in all, the latest first."""
    table = models.ticket
    query = select(*_TICKET)
    if state is not None:
        query = query.where(table.c.state == state)
    return _page(unit, Ticket, query, by=table.c.at, before=before, limit=limit)


def add_ticket(unit: Unit, new: Ticket, *, request: str) -> None:
    unit.add(models.ticket, new, request=request)


def save_ticket(unit: Unit, before: Ticket, after: Ticket) -> None:
    """Writes a ticket; ``STALE_FORM`` when it has changed since ``before`` was read."""
    _save(unit, models.ticket, before, after)


def delete_ticket(unit: Unit, old: Ticket) -> None:
    """Removes a ticket with its replies and pictures; ``STALE_FORM`` when it has changed."""
    for table in (models.ticket_reply, models.ticket_picture):
        unit.connection.execute(delete(table).where(table.c.ticket_id == old.id))
    table = models.ticket
    here = (table.c.id == old.id) & (table.c.version == old.version)
    if unit.connection.execute(delete(table).where(here)).rowcount != 1:
        raise refuse(Code.STALE_FORM, "ticket")


def asked_before(unit: Unit, table: Table, account_id: str, request: str) -> str | None:
    """What this press of a button made already."""
    query = select(table.c.id).where(table.c.account_id == account_id, table.c.request == request)
    return unit.connection.execute(query).scalar_one_or_none()


def made_since(unit: Unit, table: Table, account_id: str, since: datetime) -> int:
    """How many rows of ``table`` an account has made since then."""
    query = select(func.count()).where(table.c.account_id == account_id, table.c.at >= since)
    return int(unit.connection.execute(query).scalar_one())


def replies(unit: Unit, ticket_id: TicketId) -> list[Any]:
    """What was answered, first to last: ``text``, ``at``, ``actor``."""
    table = models.ticket_reply
    query = select(table).where(table.c.ticket_id == ticket_id).order_by(table.c.number)
    return list(unit.connection.execute(query))


def add_reply(unit: Unit, ticket_id: TicketId, text: str, *, by: str, at: datetime) -> None:
    table = models.ticket_reply
    count = select(func.count()).where(table.c.ticket_id == ticket_id)
    number = int(unit.connection.execute(count).scalar_one()) + 1
    unit.connection.execute(
        insert(table).values(ticket_id=ticket_id, number=number, actor=by, text=text, at=at)
    )


# Pictures.


def add_picture(
    unit: Unit, picture_id: PictureId, image: bytes, *, account_id: str, at: datetime
) -> None:
    """A picture that waits for its ticket."""
    unit.connection.execute(
        insert(models.ticket_picture).values(
            id=picture_id, account_id=account_id, size=len(image), image=image, at=at
        )
    )


def picture(unit: Unit, picture_id: str) -> Any:
    """``account_id``, ``ticket_id`` and ``image`` of one picture; ``NOT_FOUND``."""
    table = models.ticket_picture
    query = select(table.c.account_id, table.c.ticket_id, table.c.image)
    row = unit.connection.execute(query.where(table.c.id == picture_id)).first()
    if row is None:
        raise refuse(Code.NOT_FOUND, "picture")
    return row


def pictures_of(unit: Unit, ticket_id: TicketId) -> list[PictureId]:
    """The pictures of a ticket, in their order."""
    table = models.ticket_picture
    query = select(table.c.id).where(table.c.ticket_id == ticket_id).order_by(table.c.number)
    return list(unit.connection.execute(query).scalars())


def waiting_pictures(unit: Unit, account_id: str, ids: Iterable[str]) -> list[PictureId]:
    """Those of ``ids`` that are this account's and wait for a ticket, in the order given."""
    table = models.ticket_picture
    wanted = list(dict.fromkeys(ids))
    query = select(table.c.id).where(
        table.c.id.in_(wanted), table.c.account_id == account_id, table.c.ticket_id.is_(None)
    )
    found = set(unit.connection.execute(query).scalars())
    return [PictureId(each) for each in wanted if each in found]


def attach(unit: Unit, ticket_id: TicketId, ids: Iterable[PictureId]) -> None:
    """Gives waiting pictures to their ticket."""
    table = models.ticket_picture
    for number, each in enumerate(ids, 1):
        here = (table.c.id == each) & table.c.ticket_id.is_(None)
        changed = update(table).where(here).values(ticket_id=ticket_id, number=number)
        if unit.connection.execute(changed).rowcount != 1:
            raise refuse(Code.NOT_FOUND, "picture")


def bytes_of(unit: Unit, account_id: str) -> int:
    """How much the pictures of an account take."""
    table = models.ticket_picture
    query = select(func.coalesce(func.sum(table.c.size), 0)).where(table.c.account_id == account_id)
    return int(unit.connection.execute(query).scalar_one())


def sweep(unit: Unit, *, before: datetime) -> int:
    """Removes pictures that have waited for a ticket since then; how many."""
    table = models.ticket_picture
    here = table.c.ticket_id.is_(None) & (table.c.at < before)
    return unit.connection.execute(delete(table).where(here)).rowcount


# Feedback.


def add_feedback(unit: Unit, new: Feedback, *, request: str) -> None:
    unit.add(models.feedback, new, request=request)


def feedback(
    unit: Unit, *, mark: FeedbackMark | None = None, before: str = "", limit: int = PAGE
) -> Page:
    """意见反馈, with one mark or any, the latest first."""
    table = models.feedback
    query = select(*_FEEDBACK)
    if mark is not None:
        query = query.where(table.c.mark == mark)
    return _page(unit, Feedback, query, by=table.c.at, before=before, limit=limit)


def mark_feedback(unit: Unit, feedback_id: FeedbackId, mark: FeedbackMark) -> None:
    """``NOT_FOUND`` where there is none."""
    table = models.feedback
    changed = update(table).where(table.c.id == feedback_id).values(mark=mark)
    if unit.connection.execute(changed).rowcount != 1:
        raise refuse(Code.NOT_FOUND, "feedback")


def _save(unit: Unit, table: Table, before: Any, after: Any) -> None:
    values = {each.name: getattr(after, each.name) for each in fields(after)}
    here = (table.c.id == before.id) & (table.c.version == before.version)
    changed = update(table).where(here).values(values)
    if unit.connection.execute(changed).rowcount != 1:
        raise refuse(Code.STALE_FORM, table.name)


def _page(
    unit: Unit, kind: Callable[..., Any], query: Select[Any], *, by: Any, before: str, limit: int
) -> Page:
    """Rows by ``by`` and id, falling, below the row ``before``; an id that is none begins at the top."""
    table = by.table
    if before:
        last = unit.connection.execute(select(by).where(table.c.id == before)).scalar_one_or_none()
        if last is not None:
            query = query.where(or_(by < last, and_(by == last, table.c.id < before)))
    rows = unit.connection.execute(query.order_by(by.desc(), table.c.id.desc()).limit(limit + 1))
    found = [kind(**row._mapping) for row in rows]
    return Page(tuple(found[:limit]), found[limit - 1].id if len(found) > limit else "")
