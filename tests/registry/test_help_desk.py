"""Questions, their pictures, and feedback: limits, whose they are, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from registry import correspondence_store as kept
from registry import help_desk, models, queues
from registry.correspondence import FeedbackMark, TicketAction, TicketId, TicketState, open_actions
from registry.errors import Code, RegistryError
from registry.help_desk import Question
from registry.roles import Actor, Role, UserId
from tests.registry.test_articles import ADMIN, refused
from tests.registry.test_record_of_deeds import rows
from tests.registry.world import World

ASKED = Question(subject="REGISTRATION", province="46", question="业务被退回后怎样修改？")
A = TicketAction


@pytest.fixture
def asker(world: World) -> Actor:
    return account(world, world.physician("张三丰"))


def account(world: World, actor: Actor) -> Actor:
    """Gives a physician of the world an account, as tickets refer to one."""
    with world.store.writing() as unit:
        unit.add_account(
            actor.user_id,
            role=Role.PHYSICIAN,
            person_id=actor.person_id,
            name="张三",
            at=world.now,
        )
    return actor


_presses = iter(range(10**6))


def ask(world: World, by: Actor, asked: Question = ASKED, request: str = "") -> TicketId:
    press = request or f"press{next(_presses)}"
    return help_desk.ask(world.desk, asked, by=by, request=press, now=world.now)


def act(world: World, ticket: str, action: A, by: Actor, seen: int, **more: Any) -> None:
    help_desk.act(world.desk, ticket, action, by=by, seen=seen, now=world.now, **more)


def picture(world: World, by: Actor, image: bytes = b"drawn anew") -> str:
    return help_desk.keep_picture(world.desk, image, by=by, now=world.now)


def count(world: World, table: sa.Table) -> int:
    with world.store.reading() as unit:
        query = sa.select(sa.func.count()).select_from(table)
        return int(unit.connection.execute(query).scalar_one())


# --- a question and its life ---------------------------------------------------------------------


def test_asked_taken_up_answered_closed(world: World, asker: Actor) -> None:
    ticket = ask(world, asker)
    assert help_desk.view(world.desk, ticket, by=ADMIN).asker == "张三"
    act(world, ticket, A.TAKE_UP, ADMIN, 1)
    act(world, ticket, A.REPLY, ADMIN, 2, reply="请打开该业务，修改后重新提交。")
    view = help_desk.view(world.desk, ticket, by=asker)
    assert (view.ticket.state, view.replies[0].text) == (
        TicketState.ANSWERED,
        "请打开该业务，修改后重新提交。",
    )
    with world.store.reading() as unit:
        (told,) = queues.notices(unit, asker.person_id or "")
    assert (told.code, told.subject) == ("TICKET_ANSWERED", ticket)
    act(world, ticket, A.REPLY, ADMIN, 3, reply="补充一点。")
    act(world, ticket, A.CLOSE, asker, 4)
    view = help_desk.view(world.desk, ticket, by=asker)
    assert (view.ticket.state, len(view.replies)) == (TicketState.CLOSED, 2)
    mine = [row for row in rows(world) if row.subject == ticket]
    assert [row.action for row in mine] == [
        "ticket.ask",
        "ticket.take_up",
        "ticket.reply",
        "ticket.reply",
        "ticket.close",
    ]
    assert "退回" not in str([row.details for row in mine])


@pytest.mark.parametrize("role", [Role.ADMIN, Role.PHYSICIAN])
@pytest.mark.parametrize("state", list(TicketState))
def test_a_button_and_its_gate_agree(
    world: World, asker: Actor, state: TicketState, role: Role
) -> None:
    by = ADMIN if role is Role.ADMIN else asker
    seen = 0
    for action in A:
        ticket = ask(world, asker)
        with world.store.writing() as unit:
            before = kept.ticket(unit, ticket)
            kept.save_ticket(unit, before, replace(before, state=state))
        call = lambda: act(world, ticket, action, by, 1, reply="答复")  # noqa: B023, E731
        if action in open_actions(state, role):
            call()
            seen += 1
        else:
            ((code, _),) = refused(call)
            assert code in (Code.STEP_INVALID, Code.ROLE_FORBIDDEN)
    assert seen == len(open_actions(state, role))


def test_nobody_else_finds_it(world: World, asker: Actor) -> None:
    image = picture(world, asker)
    ticket = ask(world, asker, replace(ASKED, pictures=(image,)))
    other = account(world, world.physician("张三丰"))
    clerk = world.clerk()
    for by in (other, clerk, replace(asker, user_id=UserId("user-else"))):
        for call in (
            lambda: help_desk.view(world.desk, ticket, by=by),  # noqa: B023
            lambda: help_desk.picture(world.desk, image, by=by),  # noqa: B023
            lambda: act(world, ticket, A.CLOSE, by, 1),  # noqa: B023
        ):
            assert {code for code, _ in refused(call)} == {Code.NOT_FOUND}
    assert help_desk.view(world.desk, ticket, by=asker).pictures == (image,)
    assert help_desk.picture(world.desk, image, by=asker) == b"drawn anew"
    assert help_desk.picture(world.desk, image, by=ADMIN) == b"drawn anew"


def test_two_answers_at_once(world: World, asker: Actor) -> None:
    ticket = ask(world, asker)
    act(world, ticket, A.REPLY, ADMIN, 1, reply="甲")
    assert refused(lambda: act(world, ticket, A.REPLY, ADMIN, 1, reply="乙")) == [
        (Code.STALE_FORM, "ticket")
    ]
    assert len(help_desk.view(world.desk, ticket, by=asker).replies) == 1


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ("", Code.FIELD_REQUIRED),
        ("答" * 1001, Code.FIELD_TOO_LONG),
        ("答\x00", Code.TEXT_FORBIDDEN),
    ],
)
def test_an_answer_that_is_none(world: World, asker: Actor, reply: str, code: Code) -> None:
    ticket = ask(world, asker)
    assert refused(lambda: act(world, ticket, A.REPLY, ADMIN, 1, reply=reply)) == [(code, "reply")]
    act(world, ticket, A.REPLY, ADMIN, 1, reply="答" * 1000)


# --- what may be asked ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"subject": ""}, (Code.FIELD_REQUIRED, "subject")),
        ({"subject": "WEATHER"}, (Code.FIELD_OPTION, "subject")),
        ({"province": ""}, (Code.FIELD_REQUIRED, "province")),
        ({"province": "71"}, (Code.FIELD_OPTION, "province")),
        ({"question": " \n "}, (Code.FIELD_REQUIRED, "question")),
        ({"question": "问" * 101}, (Code.FIELD_TOO_LONG, "question")),
        ({"question": "问\u200b"}, (Code.TEXT_FORBIDDEN, "question")),
        ({"detail": "补" * 501}, (Code.FIELD_TOO_LONG, "detail")),
        ({"pictures": ("a", "b", "c", "d")}, (Code.TOO_MANY_FILES, "pictures")),
        ({"pictures": ("nobody-s",)}, (Code.NOT_FOUND, "pictures")),
    ],
)
def test_what_is_no_question(
    world: World, asker: Actor, changed: dict[str, Any], reason: tuple[Code, str]
) -> None:
    assert refused(lambda: ask(world, asker, replace(ASKED, **changed))) == [reason]
    assert count(world, models.ticket) == 0


@pytest.mark.parametrize("char", ["问", "𠮷", "a"])
def test_a_character_counts_once(world: World, asker: Actor, char: str) -> None:
    """A character outside the BMP is two UTF-16 units and four bytes, and one character."""
    whole = replace(ASKED, question=char * 100, detail=char * 500)
    ticket = help_desk.view(world.desk, ask(world, asker, whole), by=asker).ticket
    assert (len(ticket.question), len(ticket.detail)) == (100, 500)
    assert refused(lambda: ask(world, asker, replace(whole, question=char * 101)))


def test_line_breaks_of_a_form_count_once(world: World, asker: Actor) -> None:
    asked = replace(ASKED, question="a\r\n" * 49 + "ab")
    assert help_desk.view(world.desk, ask(world, asker, asked), by=asker).ticket.question == (
        "a\n" * 49 + "ab"
    )


def test_every_fault_at_once(world: World, asker: Actor) -> None:
    nothing = Question(subject="", province="", question="")
    assert {subject for _, subject in refused(lambda: ask(world, asker, nothing))} == {
        "subject",
        "province",
        "question",
    }


def test_a_double_click_asks_once(world: World, asker: Actor) -> None:
    assert ask(world, asker, request="one") == ask(world, asker, request="one")
    assert ask(world, asker, request="two") != ask(world, asker, request="one")
    assert count(world, models.ticket) == 2


def test_the_limit_of_a_day_ends_at_midnight_in_china(world: World, asker: Actor) -> None:
    world.now = world.now.replace(hour=15, minute=59)  # 23:59 in China
    for _ in range(help_desk.TICKETS_A_DAY):
        ask(world, asker)
    assert refused(lambda: ask(world, asker)) == [(Code.LIMIT_REACHED, "")]
    world.now += timedelta(minutes=1)
    assert ask(world, asker)


@pytest.mark.parametrize("role", [Role.PUBLIC, Role.INSTITUTION_CLERK, Role.ADMIN])
def test_only_physicians_ask(world: World, role: Role) -> None:
    by = Actor(user_id=UserId("somebody"), role=role)
    assert refused(lambda: ask(world, by)) == [(Code.ROLE_FORBIDDEN, "")]


# --- pictures ------------------------------------------------------------------------------------


def test_pictures_keep_their_order_and_belong_to_one_ticket(world: World, asker: Actor) -> None:
    images = tuple(picture(world, asker, str(n).encode()) for n in range(3))
    wanted = (images[2], images[0])
    ticket = ask(world, asker, replace(ASKED, pictures=wanted))
    assert help_desk.view(world.desk, ticket, by=asker).pictures == wanted
    assert refused(lambda: ask(world, asker, replace(ASKED, pictures=(images[0],)))) == [
        (Code.NOT_FOUND, "pictures")
    ]
    other = account(world, world.physician("张三丰"))
    assert refused(lambda: ask(world, other, replace(ASKED, pictures=(images[1],)))) == [
        (Code.NOT_FOUND, "pictures")
    ]


def test_a_waiting_picture_is_its_owner_s_alone(world: World, asker: Actor) -> None:
    image = picture(world, asker)
    assert help_desk.picture(world.desk, image, by=asker)
    assert refused(lambda: help_desk.picture(world.desk, image, by=ADMIN)) == [
        (Code.NOT_FOUND, "picture")
    ]


def test_a_picture_without_a_ticket_is_swept_and_no_other(world: World, asker: Actor) -> None:
    used = picture(world, asker)
    ask(world, asker, replace(ASKED, pictures=(used,)))
    picture(world, asker)
    world.now += timedelta(hours=23)
    assert help_desk.sweep(world.desk, now=world.now) == 0
    world.now += timedelta(hours=2)
    assert help_desk.sweep(world.desk, now=world.now) == 1
    assert help_desk.picture(world.desk, used, by=asker)


def test_pictures_go_with_the_ticket(world: World, asker: Actor) -> None:
    image, other = picture(world, asker), picture(world, asker)
    ticket = ask(world, asker, replace(ASKED, pictures=(image,)))
    stays = ask(world, asker, replace(ASKED, pictures=(other,)))
    act(world, ticket, A.REPLY, ADMIN, 1, reply="答复")
    act(world, ticket, A.CLOSE, ADMIN, 2)
    act(world, ticket, A.DELETE, asker, 3)
    assert refused(lambda: help_desk.view(world.desk, ticket, by=asker))[0][0] is Code.NOT_FOUND
    assert (count(world, models.ticket_picture), count(world, models.ticket_reply)) == (1, 0)
    assert help_desk.view(world.desk, stays, by=asker).pictures == (other,)


def test_the_space_of_an_account(
    world: World, asker: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(help_desk, "PICTURE_BYTES", 250)
    kept_one = picture(world, asker, b"x" * 100)
    picture(world, asker, b"x" * 150)
    assert refused(lambda: picture(world, asker, b"x")) == [(Code.QUOTA_REACHED, "pictures")]
    assert picture(world, account(world, world.physician("张三丰")), b"x" * 250)
    ticket = ask(world, asker, replace(ASKED, pictures=(kept_one,)))
    act(world, ticket, A.DELETE, asker, 1)
    assert picture(world, asker, b"x" * 100)


@pytest.mark.parametrize("size", [0, help_desk.MAX_PICTURE_BYTES + 1])
def test_a_picture_of_no_size(world: World, asker: Actor, size: int) -> None:
    assert refused(lambda: picture(world, asker, b"x" * size)) == [
        (Code.FIELD_TOO_LONG, "pictures")
    ]


# --- lists ---------------------------------------------------------------------------------------


def test_lists_are_one_s_own_or_the_administrator_s(world: World, asker: Actor) -> None:
    other = account(world, world.physician("张三丰"))
    mine = [ask(world, asker) for _ in range(3)]
    ask(world, other)
    act(world, mine[0], A.TAKE_UP, ADMIN, 1)
    with world.store.reading() as unit:
        assert {each.id for each in kept.tickets_of(unit, asker.user_id).rows} == set(mine)
        assert len(kept.tickets(unit).rows) == 4
        (waiting,) = kept.tickets(unit, state=TicketState.IN_PROGRESS).rows
        first = kept.tickets(unit, limit=3)
        assert len(kept.tickets(unit, before=first.next, limit=3).rows) == 1
    assert waiting.id == mine[0]


# --- feedback ------------------------------------------------------------------------------------


def suggest(world: World, by: Actor, text: str = "字可以大一些", request: str = "") -> str:
    press = request or f"press{next(_presses)}"
    return help_desk.suggest(world.desk, text, "", by=by, request=press, now=world.now)


def test_feedback_is_read_and_marked(world: World, asker: Actor) -> None:
    made = suggest(world, asker)
    help_desk.mark(world.desk, made, FeedbackMark.TAKEN_UP, by=ADMIN, now=world.now)
    with world.store.reading() as unit:
        assert kept.feedback(unit, mark=FeedbackMark.NEW).rows == ()
        (row,) = kept.feedback(unit).rows
    assert (row.text, row.mark) == ("字可以大一些", FeedbackMark.TAKEN_UP)
    assert rows(world)[-1].action == "feedback.mark"


@pytest.mark.parametrize(
    ("text", "code"), [("", Code.FIELD_REQUIRED), ("言" * 501, Code.FIELD_TOO_LONG)]
)
def test_feedback_that_is_none(world: World, asker: Actor, text: str, code: Code) -> None:
    assert refused(lambda: suggest(world, asker, text)) == [(code, "text")]
    assert suggest(world, asker, "𠮷" * 500)


def test_feedback_has_a_limit_a_day_and_a_double_click_counts_once(
    world: World, asker: Actor
) -> None:
    for n in range(help_desk.FEEDBACK_A_DAY):
        assert suggest(world, asker, request=f"r{n}") == suggest(world, asker, request=f"r{n}")
    assert refused(lambda: suggest(world, asker)) == [(Code.LIMIT_REACHED, "")]
    assert suggest(world, account(world, world.physician("张三丰")))
    world.now += timedelta(days=1)
    assert suggest(world, asker)


def test_only_the_administrator_marks(world: World, asker: Actor) -> None:
    made = suggest(world, asker)
    call: Callable[[], Any] = lambda: help_desk.mark(  # noqa: E731
        world.desk, made, FeedbackMark.READ, by=asker, now=world.now
    )
    assert refused(call) == [(Code.ROLE_FORBIDDEN, "")]
    with pytest.raises(RegistryError, match="NOT_FOUND"):
        help_desk.mark(world.desk, "none", FeedbackMark.READ, by=ADMIN, now=world.now)
