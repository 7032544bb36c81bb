"""Every code, state, action and role has its words in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

import pytest

from credential.text import Text
from registry import messages
from registry.correspondence import (
    ArticleState,
    FeedbackMark,
    TicketAction,
    TicketState,
    TicketSubject,
)
from registry.credentials import CredentialKind, CredentialState, OrderAction
from registry.errors import Code
from registry.kinds import KINDS
from registry.messages import Notice
from registry.record import Binding, FilingState, MilitaryState, PhotoState, Standing
from registry.roles import Role
from registry.workflow import Action, Status

TABLES: list[tuple[type[Enum], Mapping[object, Text]]] = [
    (Code, {code: words for code, (_, words) in messages.REASONS.items()}),
    (Status, messages.STATUSES),
    (Action, messages.ACTIONS),
    (Role, messages.ROLES),
    (Standing, messages.STANDINGS),
    (FilingState, messages.FILING_STATES),
    (PhotoState, messages.PHOTO_STATES),
    (Binding, messages.BINDINGS),
    (MilitaryState, messages.MILITARY_STATES),
    (CredentialKind, messages.CREDENTIAL_KINDS),
    (CredentialState, messages.CREDENTIAL_STATES),
    (OrderAction, messages.ORDER_ACTIONS),
    (Notice, messages.NOTICES),
    (ArticleState, messages.ARTICLE_STATES),
    (TicketSubject, messages.TICKET_SUBJECTS),
    (TicketState, messages.TICKET_STATES),
    (TicketAction, messages.TICKET_ACTIONS),
    (FeedbackMark, messages.FEEDBACK_MARKS),
]


@pytest.mark.parametrize(("words", "table"), TABLES, ids=lambda each: getattr(each, "__name__", ""))
def test_every_word_has_both_languages(words: type[Enum], table: Mapping[object, Text]) -> None:
    assert set(table) == set(words)
    for text in table.values():
        assert any("\u4e00" <= char <= "\u9fff" for char in text.zh)
        assert text.en
        assert text.zh != text.en


def test_every_field_and_page_has_both_languages() -> None:
    seen = 0
    for kind in KINDS.values():
        forms = [kind.pages, *kind.pages_of_clerks.values()]
        texts = [kind.title]
        for page in (page for form in forms for page in form):
            texts += [page.title, page.button, *(field.label for field in page.fields)]
        for text in texts:
            seen += 1
            assert any("\u4e00" <= char <= "\u9fff" for char in text.zh)
            assert text.en.strip()
    assert seen > 200


def test_the_status_of_a_reason() -> None:
    assert messages.status_of(Code.SELF_APPROVAL) == 403
    assert messages.status_of(Code.NOT_FOUND) == 404
    assert messages.status_of(Code.STORE_BUSY) == 503
    assert {messages.status_of(code) for code in Code} <= {
        200,
        401,
        403,
        404,
        409,
        410,
        413,
        415,
        422,
        429,
        500,
        503,
    }
