"""What clerks keep for their own work, and how an office looks after its clerks' accounts.

* 常用意见: the phrases a clerk writes again and again, kept at the account.
"""

from __future__ import annotations

from typing import Final

from registry import forms, roll
from registry.desk import Desk
from registry.errors import Code, refuse
from registry.forms import UnreadableError
from registry.roles import Actor
from registry.roll import Phrase

MAX_PHRASES: Final = 30


def phrases(desk: Desk, by: Actor) -> list[Phrase]:
    """常用意见 of one clerk, in their order."""
    with desk.store.reading() as unit:
        return roll.phrases(unit, by.user_id)


def add_phrase(desk: Desk, text: str, *, by: Actor) -> None:
    """Keeps one more phrase; ``LIMIT_REACHED`` where there are enough."""
    try:
        read = forms.text(200)(text)
    except UnreadableError as error:
        raise refuse(error.code, "text") from error
    with desk.store.writing() as unit:
        known = roll.phrases(unit, by.user_id)
        if read in {each.text for each in known}:
            return
        if len(known) >= MAX_PHRASES:
            raise refuse(Code.LIMIT_REACHED, "phrases")
        roll.add_phrase(unit, Phrase(desk.new_id(), read), by.user_id)


def drop_phrase(desk: Desk, phrase_id: str, *, by: Actor) -> None:
    """Throws a phrase of one's own away; ``NOT_FOUND`` for anybody else's."""
    with desk.store.writing() as unit:
        if not roll.drop_phrase(unit, phrase_id, by.user_id):
            raise refuse(Code.NOT_FOUND, "phrase")
