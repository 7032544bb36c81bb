"""Notices by short message and e-mail: what stands in the app is also said where people look first.

A message says that something is there and what it is about, and nothing else: whoever reads over a shoulder
or at the provider learns no name, no number and no ground. It goes to the physician's mobile number, or the
e-mail address where there is no number; for an office, to the clerks who manage it.

A notice is sent before it is noted as sent, so that one that was cut off in between is sent twice rather
than never. What the courier refuses is tried again after a growing pause, eight times; in the app it stands
anyway.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from credential.text import Text
from registry import queues, roll
from registry.desk import Desk
from registry.members import Post
from registry.messages import NOTICES, Notice
from registry.ports import CourierUnavailableError

MAX_TRIES: Final = 8
FIRST_PAUSE: Final = timedelta(minutes=1)
BATCH: Final = 100
_SUBJECT: Final = Text("医证：新消息", "Yizheng: a message for you")


def carry(desk: Desk, post: Post, *, now: datetime) -> int:
    """Sends what is due; how many notices are settled by that, as nobody else has to be told."""
    with desk.store.reading() as unit:
        waiting = queues.to_be_sent(unit, now, limit=BATCH)
    return sum(_carried(desk, post, each, now) for each in waiting)


def _carried(desk: Desk, post: Post, notice: Any, now: datetime) -> bool:
    with desk.store.reading() as unit:
        receivers = roll.receivers(unit, notice.to_id)
    try:
        for to in receivers:
            post.send(to, _SUBJECT, _words(Notice(notice.code)))
    except CourierUnavailableError:
        tries = notice.tries + 1
        again = now + FIRST_PAUSE * 2**notice.tries if tries < MAX_TRIES else None
    else:
        tries, again = notice.tries, None
    with desk.store.writing() as unit:
        unit.send_again(notice.id, at=again, tries=tries)
    return again is None


def _words(notice: Notice) -> Text:
    said = NOTICES[notice]
    return Text(f"【医证】{said.zh}。详情请登录查看。", f"{said.en}. Sign in to read more.")
