"""资讯: articles that the administrator writes and anyone reads. Each use case is one transaction.

* Chinese title and text are required; English is given in whole or not at all.
* Only what is published is there for the public; anything else is ``NOT_FOUND`` for them.
* ``seen`` is the version on the screen; where it is not the stored one, nothing is saved: ``STALE_FORM``.
* Every change is on record with the version and the digest of the text, so that what stood there when can
  be proved against a copy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from registry import correspondence_store as kept
from registry import forms
from registry.correspondence import BODY_CHARS, TITLE_CHARS, Article, ArticleId, ArticleState
from registry.desk import Desk
from registry.errors import Code, Reason, RegistryError, refuse
from registry.forms import UnreadableError
from registry.roles import Actor, Role

_FIELDS: Final[Mapping[str, int]] = {
    "title_zh": TITLE_CHARS,
    "title_en": TITLE_CHARS,
    "body_zh": BODY_CHARS,
    "body_en": BODY_CHARS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The text of an article, read and found complete."""

    title_zh: str
    body_zh: str
    title_en: str = ""
    body_en: str = ""

    @classmethod
    def read(cls, answers: Mapping[str, Any]) -> Written:
        """The text from a form; every reason at once, each with its field."""
        said: dict[str, str] = {}
        reasons: list[Reason] = []
        for name, limit in _FIELDS.items():
            try:
                said[name] = forms.text(limit)(answers.get(name, ""))
            except UnreadableError as error:
                reasons.append(Reason(error.code, name))
        missing = [name for name in ("title_zh", "body_zh") if said.get(name) == ""]
        if bool(said.get("title_en")) != bool(said.get("body_en")):
            missing += [name for name in ("title_en", "body_en") if said.get(name) == ""]
        reasons += [Reason(Code.FIELD_REQUIRED, name) for name in missing]
        if any("\n" in said.get(name, "") for name in ("title_zh", "title_en")):
            reasons.append(Reason(Code.TEXT_FORBIDDEN, "title_zh"))
        if reasons:
            raise RegistryError(*reasons)
        return cls(**said)


def read(desk: Desk, article_id: str) -> Article:
    """A published article; ``NOT_FOUND`` for any other."""
    with desk.store.reading() as unit:
        found = kept.article(unit, article_id)
    if not found.is_public:
        raise refuse(Code.NOT_FOUND, "article")
    return found


def write(desk: Desk, written: Written, *, by: Actor, now: datetime) -> ArticleId:
    """A new draft."""
    _only_the_administrator(by)
    new = Article(
        id=ArticleId(desk.new_id()),
        state=ArticleState.DRAFT,
        version=1,
        created_at=now,
        changed_at=now,
        published_at=None,
        **_texts(written),
    )
    with desk.store.writing() as unit:
        kept.add_article(unit, new)
        unit.log("article.write", new.id, by=by, at=now, details=_trace(new))
    return new.id


def rewrite(
    desk: Desk, article_id: str, written: Written, *, by: Actor, seen: int, now: datetime
) -> Article:
    """Another text for an article; one that is published is changed for its readers at once."""
    _only_the_administrator(by)
    with desk.store.writing() as unit:
        before = _seen(kept.article(unit, article_id), seen)
        after = replace(before, version=before.version + 1, changed_at=now, **_texts(written))
        kept.save_article(unit, before, after)
        unit.log("article.rewrite", before.id, by=by, at=now, details=_trace(after))
    return after


def publish(desk: Desk, article_id: str, *, by: Actor, seen: int, now: datetime) -> Article:
    """发布; published again, it keeps its first day."""
    return _move(desk, article_id, ArticleState.PUBLISHED, by=by, seen=seen, now=now)


def withdraw(desk: Desk, article_id: str, *, by: Actor, seen: int, now: datetime) -> Article:
    """撤下: the public finds it no more."""
    return _move(desk, article_id, ArticleState.WITHDRAWN, by=by, seen=seen, now=now)


_FROM: Final = {
    ArticleState.PUBLISHED: frozenset({ArticleState.DRAFT, ArticleState.WITHDRAWN}),
    ArticleState.WITHDRAWN: frozenset({ArticleState.PUBLISHED}),
}


def _move(
    desk: Desk, article_id: str, state: ArticleState, *, by: Actor, seen: int, now: datetime
) -> Article:
    _only_the_administrator(by)
    with desk.store.writing() as unit:
        before = _seen(kept.article(unit, article_id), seen)
        if before.state not in _FROM[state]:
            raise refuse(Code.STEP_INVALID, state)
        after = replace(
            before,
            state=state,
            version=before.version + 1,
            changed_at=now,
            published_at=before.published_at or now,
        )
        kept.save_article(unit, before, after)
        verb = "publish" if state is ArticleState.PUBLISHED else "withdraw"
        unit.log(f"article.{verb}", before.id, by=by, at=now, details=_trace(after))
    return after


def _texts(written: Written) -> dict[str, Any]:
    return {name: getattr(written, name) for name in _FIELDS}


def _trace(article: Article) -> dict[str, Any]:
    text = "\0".join(getattr(article, name) for name in _FIELDS)
    return {"version": article.version, "sha256": hashlib.sha256(text.encode()).hexdigest()}


def _seen(article: Article, version: int) -> Article:
    if article.version != version:
        raise refuse(Code.STALE_FORM, "article")
    return article


def _only_the_administrator(by: Actor) -> None:
    if by.role is not Role.ADMIN:
        raise refuse(Code.ROLE_FORBIDDEN, "article")
