"""Names are found in whatever script, width or dots they are typed, and by initials, on an index."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from registry import models, queues, search
from registry.messages import Notice
from registry.record import County, Institution, InstitutionId, PersonId
from registry.store import Unit
from tests.registry.world import Kind, World

NAMES = (
    "孫曉嵐",
    "孙晓明",
    "阿依古丽·买买提",
    "蒋𠅤文",
    "𬭩𬬭",
    "曾庆雯",
    "单于飞",
    "长孙无忌",
    "潘㛃",
)


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("孫曉嵐", "孙晓岚"),
        ("海南省衞生健康醫院（樣例）", "海南省卫生健康医院样例"),
        ("阿依古丽·买买提", "阿依古丽买买提"),
        ("阿依古丽•买买提", "阿依古丽买买提"),
        ("阿依古丽・买买提", "阿依古丽买买提"),
        ("Ａ区 3号 a", "a区3号a"),
        ("蒋𠅤文", "蒋𠅤文"),
        ("龍" * 200, "龙" * 128),
        (" ·（） ", ""),
        ("", ""),
    ],
)
def test_what_counts_in_a_name(typed: str, key: str) -> None:
    assert search.folded(typed) == key
    assert search.folded(key) == key


@pytest.mark.parametrize("name", NAMES)
def test_the_beginning_of_a_name_is_the_beginning_of_its_key(name: str) -> None:
    key = search.folded(name)
    starts = [search.folded(name[:length]) for length in range(1, len(name) + 1)]
    assert all(key.startswith(start) for start in starts)
    assert starts[0]


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("林晓岚", "lxl"),
        ("林曉嵐", "lxl"),
        ("曾庆雯", "zqw"),
        ("单晓峰", "sxf"),
        ("尉迟恭", "ycg"),
        ("阿依古丽·买买提", "aygl" + "mmt"),
        ("蒋𠅤文", "jxw"),
        ("蒋\U0002ebf0文", "jw"),
    ],
)
def test_initials_of_people(name: str, letters: str) -> None:
    assert search.initials_of_person(name) == letters


def test_initials_of_institutions() -> None:
    assert search.initials("重庆市第3医院") == "cqsd3yy"
    assert search.is_typed_as_initials("LXL")
    assert not search.is_typed_as_initials("林")
    assert not search.is_typed_as_initials("")


# In the database.


def found(unit: Unit, typed: str) -> list[str]:
    """All pages of two."""
    names, after = [], ("", "")
    while page := queues.people_beginning(unit, typed, after=after, limit=2):
        names += [row.name for row in page]
        after = (page[-1].key, page[-1].id)
    return names


def test_people_are_found_and_shown_as_they_are_written(world: World) -> None:
    for name in NAMES:
        world.physician(name)
    with world.store.reading() as unit:
        assert found(unit, "孙晓") == ["孫曉嵐", "孙晓明"]
        assert found(unit, "孫曉") == ["孫曉嵐", "孙晓明"]
        assert found(unit, "孙晓岚") == ["孫曉嵐"]
        assert found(unit, "阿依古丽买") == ["阿依古丽·买买提"]
        assert found(unit, "阿依古丽·") == ["阿依古丽·买买提"]
        assert found(unit, "蒋𠅤") == ["蒋𠅤文"]
        assert found(unit, "𬭩") == ["𬭩𬬭"]
        assert found(unit, "sx") == ["孫曉嵐", "孙晓明"]
        assert found(unit, "SXL") == ["孫曉嵐"]
        assert found(unit, "zq") == ["曾庆雯"]
        assert found(unit, "无此人") == []
        assert sorted(found(unit, "")) == sorted(NAMES)
        assert [row.name for row in queues.people_called(unit, "孙晓岚")] == []


def test_records_are_found_by_the_whole_name_in_either_script(world: World) -> None:
    actor = world.registered("孫曉嵐")
    with world.store.reading() as unit:
        for typed in ("孫曉嵐", "孙晓岚", " 孙 晓岚 "):
            assert [row.name for row in queues.people_called(unit, typed)] == ["孫曉嵐"]
        assert queues.people_called(unit, "孙晓") == []
        assert queues.people_called(unit, "·") == []
        (row,) = queues.records_of(unit, [str(actor.person_id)])
        assert row.person_id == actor.person_id
        for typed, hits in (("孙", 1), ("sx", 1), ("王", 0)):
            assert len(queues.physicians_here(unit, "haikou", name=typed)) == hits


def test_a_person_whose_name_is_corrected_is_found_by_the_new_one(world: World) -> None:
    actor = world.registered("孫曉嵐")
    before = world.dossier(actor)
    renamed = replace(before, person=replace(before.person, name="周启明"))
    with world.store.writing() as unit:
        seq = unit.log("person.correct", before.person.id, by=world.officer(), at=world.now)
        world.desk.follow_up(unit, before, renamed, audit_seq=seq, now=world.now)
    with world.store.reading() as unit:
        assert found(unit, "zqm") == ["周启明"]
        assert found(unit, "孙") == []


def test_institutions_by_either_name_inside_a_place(world: World) -> None:
    authority_id = world.only_record(world.registered()).authority_id
    with world.store.writing() as unit:
        unit.add(
            models.institution,
            Institution(
                id=InstitutionId("second"),
                registration_number="REG-second",
                name="海南醫學院附屬醫院（样例）",
                second_name="海南省肿瘤医院（样例）",
                county=County("460107"),
                authority_id=authority_id,
            ),
        )

    def ids(typed: str, **more: Any) -> list[str]:
        with world.store.reading() as unit:
            return [row.id for row in queues.institutions_beginning(unit, typed, **more)]

    assert ids("海南") == ["second", "haikou"]
    assert ids("海南医学院") == ["second"]
    assert ids("海南省肿瘤") == ["second"]
    assert ids("hns") == ["haikou"]
    assert ids("hnyxy") == ["second"]
    assert ids("海南", place="11") == []
    assert ids("海南省", place="460106") == ["haikou"]
    assert ids("海南省", place="46") == ["haikou", "second"]
    assert ids("已停业") == []
    assert "beijing" in ids("")


# On an index.


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (lambda: queues.people_beginning_query("孙晓"), "ix_person_name_key"),
        (lambda: queues.people_beginning_query("sx"), "ix_person_name_initials"),
        (
            lambda: queues.people_beginning_query("孙晓", after=("孙晓岚", "p1")),
            "ix_person_name_key",
        ),
        (lambda: queues.institutions_beginning_query("海南"), "ix_institution_name_key"),
        (lambda: queues.institutions_beginning_query("海南"), "ix_institution_second_name_key"),
        (lambda: queues.institutions_beginning_query("hn"), "ix_institution_name_initials"),
        (lambda: sa.select(models.person.c.id).where(models.person.c.name_key == "孙"), "ix_person_name_key"),
    ],
)  # fmt: skip
def test_searches_by_the_beginning_of_a_name_use_an_index(
    world: World, query: Any, index: str
) -> None:
    with world.store.reading() as unit:
        dialect = unit.connection.dialect
        if dialect.name == "postgresql":  # so few rows are read faster without one
            unit.connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            unit.connection.exec_driver_sql("SET LOCAL enable_sort = off")
        compiled = query().compile(dialect=dialect, compile_kwargs={"literal_binds": True})
        explain = "EXPLAIN QUERY PLAN " if dialect.name == "sqlite" else "EXPLAIN "
        plan = unit.connection.execute(sa.text(explain + str(compiled).replace(":", r"\:"))).all()
    text = "\n".join(str(row[-1]) for row in plan)
    assert index in text, text
    key = index.removeprefix("ix_person_").removeprefix("ix_institution_")
    if dialect.name == "sqlite":
        assert f"SEARCH {index.split('_')[1]} USING" in text
        assert f"({key}" in text
    else:
        assert "Index Cond: (" in text
        assert key in text.split("Index Cond: ", 1)[1]


# Lists that go on.


def test_tasks_notices_and_own_applications_are_paged(world: World) -> None:
    actor = world.physician()
    person_id = PersonId(str(actor.person_id))
    for n in range(5):
        world.draft(Kind.FIRST_REGISTRATION, actor)
        world.now += timedelta(seconds=n % 2)  # some at the same instant
        with world.store.writing() as unit:
            world.desk.tell(unit, person_id, Notice.DECIDED, str(n), world.now)
            unit.add_task(id=f"task{n}", code="X", subject=str(n), org_id="P46",
                          due_on=world.today + timedelta(days=n // 2))  # fmt: skip

    def pages(page: Callable[[Any], Any], place: Callable[[Any], Any]) -> list[Any]:
        rows, last = [], None
        while found := page(last):
            assert len(found) <= 2
            rows += found
            last = place(found[-1])
        return [row.id for row in rows]

    with world.store.reading() as unit:
        tasks = pages(
            lambda after: queues.tasks(unit, "P46", after=after, limit=2),
            lambda row: (row.due_on, row.id),
        )
        notices = pages(
            lambda before: queues.notices(unit, person_id, before=before, limit=2),
            lambda row: (row.at, row.id),
        )
        own = pages(
            lambda before: queues.applications_of(unit, person_id, before=before, limit=2),
            lambda row: (row.created_at, row.id),
        )
        assert own == [each.id for each in queues.applications_of(unit, person_id)]
        assert notices == [each.id for each in queues.notices(unit, person_id)]
    assert tasks == [f"task{n}" for n in range(5)]
    assert (len(set(own)), len(set(notices))) == (5, 5)
