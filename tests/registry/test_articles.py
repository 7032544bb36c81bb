"""Articles: who may write them, what the public finds, and that each change is on record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from registry import articles
from registry import correspondence_store as kept
from registry.articles import Written
from registry.correspondence import ArticleId, ArticleState
from registry.errors import Code, RegistryError
from registry.roles import Actor, Role, UserId
from tests.registry.test_record_of_deeds import rows
from tests.registry.world import World

ADMIN = Actor(user_id=UserId("admin"), role=Role.ADMIN)
TEXT = Written(title_zh="标题", body_zh="正文")


def refused(call: Callable[[], Any]) -> list[tuple[Code, str]]:
    with pytest.raises(RegistryError) as error:
        call()
    return [(each.code, each.subject) for each in error.value.reasons]


def publish(world: World, written: Written = TEXT) -> ArticleId:
    made = articles.write(world.desk, written, by=ADMIN, now=world.now)
    articles.publish(world.desk, made, by=ADMIN, seen=1, now=world.now)
    return made


def test_from_draft_to_withdrawn_and_back(world: World) -> None:
    made = articles.write(world.desk, TEXT, by=ADMIN, now=world.now)
    assert refused(lambda: articles.read(world.desk, made)) == [(Code.NOT_FOUND, "article")]
    articles.publish(world.desk, made, by=ADMIN, seen=1, now=world.now)
    assert articles.read(world.desk, made).title_zh == "标题"
    first = world.now
    world.now += timedelta(days=3)
    articles.withdraw(world.desk, made, by=ADMIN, seen=2, now=world.now)
    assert refused(lambda: articles.read(world.desk, made)) == [(Code.NOT_FOUND, "article")]
    again = articles.publish(world.desk, made, by=ADMIN, seen=3, now=world.now)
    assert (again.state, again.published_at, again.version) == (ArticleState.PUBLISHED, first, 4)


def test_a_step_that_is_not_open(world: World) -> None:
    made = publish(world)
    assert refused(lambda: articles.publish(world.desk, made, by=ADMIN, seen=2, now=world.now)) == [
        (Code.STEP_INVALID, "PUBLISHED")
    ]


def test_each_change_is_on_record_without_the_text(world: World) -> None:
    made = publish(world)
    other = Written(title_zh="新标题", body_zh="新正文")
    articles.rewrite(world.desk, made, other, by=ADMIN, seen=2, now=world.now)
    mine = [row for row in rows(world) if row.subject == made]
    assert [row.action for row in mine] == ["article.write", "article.publish", "article.rewrite"]
    assert [row.details["version"] for row in mine] == [1, 2, 3]
    digests = [row.details["sha256"] for row in mine]
    assert digests[0] == digests[1] != digests[2]
    assert "正文" not in str([row.details for row in mine])


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_only_the_administrator_writes(world: World, role: Role) -> None:
    by = Actor(user_id=UserId("somebody"), role=role)
    made = publish(world)
    for call in (
        lambda: articles.write(world.desk, TEXT, by=by, now=world.now),
        lambda: articles.rewrite(world.desk, made, TEXT, by=by, seen=2, now=world.now),
        lambda: articles.publish(world.desk, made, by=by, seen=2, now=world.now),
        lambda: articles.withdraw(world.desk, made, by=by, seen=2, now=world.now),
    ):
        assert refused(call) == [(Code.ROLE_FORBIDDEN, "article")]
    assert articles.read(world.desk, made).version == 2


def test_two_administrators_at_once(world: World) -> None:
    made = publish(world)
    articles.rewrite(world.desk, made, TEXT, by=ADMIN, seen=2, now=world.now)
    assert refused(
        lambda: articles.rewrite(world.desk, made, TEXT, by=ADMIN, seen=2, now=world.now)
    ) == [(Code.STALE_FORM, "article")]


@pytest.mark.parametrize(
    ("answers", "reasons"),
    [
        ({}, {("FIELD_REQUIRED", "title_zh"), ("FIELD_REQUIRED", "body_zh")}),
        ({"title_en": "Title"}, {("FIELD_REQUIRED", "body_en")}),
        ({"body_en": "Text"}, {("FIELD_REQUIRED", "title_en")}),
        ({"title_zh": "题" * 61}, {("FIELD_TOO_LONG", "title_zh")}),
        ({"body_zh": "文" * 20_001}, {("FIELD_TOO_LONG", "body_zh")}),
        ({"title_zh": "两\n行"}, {("TEXT_FORBIDDEN", "title_zh")}),
        ({"body_zh": "藏\u202e字"}, {("TEXT_FORBIDDEN", "body_zh")}),
    ],
)
def test_what_is_no_article(answers: dict[str, str], reasons: set[tuple[str, str]]) -> None:
    whole = {"title_zh": "标题", "body_zh": "正文"} if answers else {}
    assert set(refused(lambda: Written.read({**whole, **answers}))) == reasons


def test_what_is_one() -> None:
    longest = {
        "title_zh": "𠮷" * 60,
        "body_zh": "文" * 20_000,
        "title_en": "T",
        "body_en": "a\n\nb",
    }
    assert Written.read(longest).title_zh == "𠮷" * 60
    assert Written.read({"title_zh": "标题", "body_zh": "正文"}).title_en == ""


def test_the_list_goes_on_below_the_last_one_shown(world: World) -> None:
    made = []
    for number in range(7):
        world.now += timedelta(hours=number % 2)  # some at the same instant
        made.append(publish(world, Written(title_zh=f"第{number}篇", body_zh="正文")))
    articles.withdraw(world.desk, made[3], by=ADMIN, seen=2, now=world.now)
    seen: list[str] = []
    before, pages = "", 0
    while pages == 0 or before:
        with world.store.reading() as unit:
            page = kept.published(unit, before=before, limit=2)
        seen += [each.id for each in page.rows]
        before, pages = page.next, pages + 1
    assert pages == 3
    assert sorted(seen) == sorted(set(made) - {made[3]})
    with world.store.reading() as unit:
        at = [kept.article(unit, each).published_at for each in seen]
    assert at == sorted(at, reverse=True)
