"""Whether the registry's cost depends on the size of the country, and what an approval costs.

    python -m benchmarks.registry.p8                         50,000 against 200,000 physicians, SQLite
    python -m benchmarks.registry.p8 --millions              1,000,000 against 5,000,000
    python -m benchmarks.registry.p8 --urls postgresql+psycopg://…/one postgresql+psycopg://…/two

Prints every list, queue and search with its cost at both sizes and the ratio (goal: at most 1.5), and an
approval against a bare transaction that writes as many rows (goal: at least 0.4). Medians of many runs;
single times mean little. Figures go to benchmarks/results/ as JSON.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from registry import migrations, models, queues
from registry.desk import Desk
from registry.kinds import ApplicationKind
from registry.record import Announced, Binding, Gender, Level, PersonId, Standing
from registry.roles import Role
from registry.search import folded, initials_of_person
from registry.seed import Demo
from registry.store import Store, Unit
from registry.workflow import Action, Status

NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)
RUNS = 41
SIZES = (50_000, 200_000)
MILLIONS = (1_000_000, 5_000_000)
INSTITUTIONS_WITH = ("hainan", "sanya", "beijing", "chengdu")
AUTHORITY = {"hainan": "HC46", "sanya": "AB460200", "beijing": "HC11", "chengdu": "HC51"}
COUNTY = {"hainan": "460106", "sanya": "460203", "beijing": "110101", "chengdu": "510104"}
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs=2, default=SIZES)
    parser.add_argument("--millions", action="store_true", help="1,000,000 against 5,000,000")
    parser.add_argument("--urls", nargs=2, help="two empty databases; SQLite files without")
    asked = parser.parse_args()
    sizes = MILLIONS if asked.millions else tuple(asked.sizes)
    measured = run(sizes, urls=asked.urls)
    results = Path("benchmarks/results")
    results.mkdir(parents=True, exist_ok=True)
    name = f"p8-{measured['database']}-{max(sizes)}.json"
    (results / name).write_text(json.dumps(measured, indent=2) + "\n", "utf-8")


def run(sizes: tuple[int, int], *, urls: list[str] | None = None) -> dict[str, Any]:
    """Every look at a small and a large country in turn, and an approval in the large one."""
    with tempfile.TemporaryDirectory() as directory:
        files = [f"sqlite:///{directory}/{name}.db" for name in ("small", "large")]
        countries = [opened(url, size) for url, size in zip(urls or files, sizes, strict=True)]
        small, large = (demo.desk.store for demo in countries)
        figures = {name: dict(zip(map(str, sizes), costs(small, large, look), strict=True))
                   for name, look in LOOKS.items()}  # fmt: skip
        report(figures, [str(size) for size in sizes])
        approval = approvals(countries[1])
        database = large.engine.dialect.name
        for demo in countries:
            demo.desk.store.close()
    worst = max(at[str(sizes[1])] / at[str(sizes[0])] for at in figures.values())
    return {"database": database, "lists": figures, "worst": worst, "approval": approval}


def opened(url: str, size: int) -> Demo:
    """A country of so many physicians."""
    store = Store.open(url, busy_timeout_s=60)
    migrations.upgrade(store)
    ids = itertools.count(1)
    desk = Desk(
        store=store,
        new_id=lambda: f"bench{next(ids):09}",
        new_cti=lambda: next(ids).to_bytes(8, "big"),
    )
    demo = Demo(desk=desk, now=NOW, portrait=lambda person_id, _: person_id.encode())
    demo.set_up_offices()
    grow(store, size)
    return demo


def grow(store: Store, size: int) -> None:
    """So many physicians: each with a qualification, a record, and for one in ten an
    application on its way, a filing, or a suspended registration."""
    began = time.perf_counter()
    for batch in chunks(range(size), 5000):
        with store.writing() as unit:
            for table, rows in rows_for(batch).items():
                if rows:
                    unit.connection.execute(sa.insert(models.metadata.tables[table]), rows)
    with store.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    print(f"{size:>9,} physicians ({time.perf_counter() - began:.0f} s to fill)")


def chunks(numbers: range, size: int) -> Iterator[range]:
    for start in range(numbers.start, numbers.stop, size):
        yield range(start, min(start + size, numbers.stop))


def rows_for(numbers: range) -> dict[str, list[dict[str, Any]]]:
    tables = ("person", "qualification", "licence_number", "practice_record", "multi_filing")
    tables = (*tables, "application", "practice_record_version", "announcement", "task", "notice")
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in tables}
    for n in numbers:
        key, institution = f"p{n:09}", INSTITUTIONS_WITH[n % len(INSTITUTIONS_WITH)]
        surname = SURNAMES[n % len(SURNAMES)]
        # A name is shared by about thirty people in a country of any size.
        name = surname + "".join(chr(0x4E00 + (n // 30 // 100**k) % 100 + 50 * k) for k in range(3))
        filed = n % 40 == 0
        number = f"9{n:014}"
        rows["person"].append(
            {
                "id": key,
                "name": name,
                "name_key": folded(name),
                "name_initials": initials_of_person(name),
                "id_number": f"{n:018}",
                "gender": Gender.FEMALE,
                "born_on": date(1980, 1, 1),
                "binding": Binding.ACTIVE,
            }
        )
        rows["qualification"].append(
            {
                "id": f"q{n}",
                "person_id": key,
                "number": f"{n:024}",
                "level": Level.PHYSICIAN,
                "category": 10,
                "obtained_on": date(2005, 12, 1),
                "authority_name": "样例",
            }
        )
        rows["licence_number"].append({"number": number, "person_id": key})
        rows["practice_record"].append(
            {
                "id": f"r{n:09}",
                "person_id": key,
                "version": 1,
                "standing": Standing.FILED if filed else Standing.VALID,
                "level": Level.PHYSICIAN,
                "category": 10,
                "qualification_id": f"q{n}",
                "licence_number": number,
                "institution_id": institution,
                "county": COUNTY[institution],
                "place": COUNTY[institution][:2],
                "authority_id": AUTHORITY[institution],
                "scopes": ("CLINICAL.INTERNAL",),
                "title": 234,
                "school": "",
                "education": "",
                "approved_on": date(2015, 1, 5),
                "filed_on": date(2026, 1, 5) if filed else None,
            }
        )
        if n % 10 == 3:
            said = {"institution_id": institution, "licence_number": number}
            version = {"record_id": f"r{n:09}", "version": 1}
            rows["practice_record_version"].append(
                {**version, "at": NOW, "audit_seq": 1, "body": said}
            )
            rows["announcement"].append(
                {
                    **version,
                    "kind": "REGISTERED",
                    "authority_id": AUTHORITY[institution],
                    "day": date(2015, 1, 5) + timedelta(days=n // 100),
                }
            )
        if n % 10 == 4:
            matter = {"code": "DECISION_OVERDUE", "subject": f"a{n:09}"}
            office = AUTHORITY[institution]
            rows["task"].append(
                {**matter, "id": f"t{n:09}", "org_id": office, "due_on": date(2026, 11, 20)}
            )
            rows["notice"].append(
                {**matter, "id": f"n{n:09}", "to_id": key, "details": {}, "at": NOW}
            )
        if n % 10 == 1:
            rows["multi_filing"].append(
                {
                    "id": f"f{n:09}",
                    "record_id": f"r{n:09}",
                    "institution_id": "qionghai",
                    "scopes": ("CLINICAL.INTERNAL",),
                    "approved_on": date(2026, 1, 5),
                    "valid_from": date(2026, 1, 5),
                    "valid_to": date(2027, 1, 5),
                }
            )
        if n % 10 == 2:
            status = (Status.INSTITUTION_REVIEW, Status.AUTHORITY_REVIEW, Status.APPROVED)[n % 3]
            rows["application"].append(
                {
                    "id": f"a{n:09}",
                    "kind": "INFO_MODIFICATION",
                    "status": status,
                    "version": 1,
                    "started_by": Role.PHYSICIAN,
                    "owner_user": key,
                    "person_id": key,
                    "record_id": f"r{n:09}",
                    "institution_id": institution,
                    "authority_id": AUTHORITY[institution],
                    "created_at": NOW,
                    "waits_since": date(2026, 11, 20),
                    "answers": {},
                }
            )
    return rows


LOOKS: dict[str, Callable[[Unit], Any]] = {
    "physicians here": lambda unit: queues.physicians_here(unit, "sanya"),
    "physicians here, a later page": lambda unit: queues.physicians_here(
        unit, "sanya", after="r000001000"
    ),
    "filed here": lambda unit: queues.filed_here(unit, "qionghai"),
    "filed elsewhere": lambda unit: queues.filed_elsewhere(unit, "sanya"),
    "queue of an institution": lambda unit: queues.institution_queue(unit, "beijing"),
    "queue of an authority": lambda unit: queues.authority_queue(
        unit, "HC11", Status.AUTHORITY_REVIEW
    ),
    "search by name": lambda unit: queues.people_called(
        unit, rows_for(range(1_000, 1_001))["person"][0]["name"]
    ),
    "search by the beginning of a name": lambda unit: queues.people_beginning(unit, "王"),
    "search by initials": lambda unit: queues.people_beginning(unit, "z"),
    "a later page of it": lambda unit: queues.people_beginning(unit, "z", after=("zz", "")),
    "search for an institution": lambda unit: queues.institutions_beginning(unit, "海"),
    "namesakes": lambda unit: unit.has_namesake(unit.dossier(PersonId("p000001234")).person),
    "list to be published": lambda unit: queues.announced(
        unit,
        "HC11",
        Announced.REGISTERED,
        since=date(2016, 1, 1),
        until=date(2016, 12, 31),
    ),
    "tasks of an authority": lambda unit: queues.tasks(unit, "HC11"),
    "notices of a physician": lambda unit: queues.notices(unit, "p000001234"),
    "search by licence number": lambda unit: queues.by_licence(unit, f"9{1_234:014}"),
    "search by identity number": lambda unit: unit.person_of(f"{1_234:018}"),
    "a whole dossier": lambda unit: unit.dossier(rows_for(range(1_234, 1_235))["person"][0]["id"]),
    "own applications": lambda unit: queues.applications_of(
        unit, rows_for(range(1_232, 1_233))["person"][0]["id"]
    ),
}


def costs(small: Store, large: Store, look: Callable[[Unit], Any]) -> tuple[float, float]:
    """Median milliseconds of one look in each country, taken in turn, so that whatever else the machine
    does meanwhile slows both; each look is a transaction of its own."""
    times: dict[Store, list[float]] = {small: [], large: []}
    for _ in range(RUNS + 5):
        for store in (small, large):
            began = time.perf_counter()
            with store.reading() as unit:
                look(unit)
            times[store].append(1000 * (time.perf_counter() - began))
    return statistics.median(times[small][5:]), statistics.median(times[large][5:])


def report(figures: dict[str, dict[str, float]], sizes: list[str]) -> None:
    small, large = sizes
    print(f"{'list, queue or search':34}{small:>10}{large:>10}{'ratio':>8}   goal ≤ 1.5")
    for name, at in figures.items():
        ratio = at[large] / at[small]
        line = f"{name:34}{at[small]:>8.2f}ms{at[large]:>8.2f}ms{ratio:>8.2f}"
        print(line + ("" if ratio <= 1.5 else "   MISSED"))


def approvals(demo: Demo) -> dict[str, float]:
    """Approvals, and bare transactions that write as many rows, in turn."""
    ready = []
    for n in range(RUNS):
        actor = demo.person("测" + chr(0x5000 + n))
        answers = {"institution_id": "hainan", "place": "46"}
        application = demo.submit(ApplicationKind.FIRST_REGISTRATION, actor, **answers)
        demo.advance(application, Status.ACCEPTED)
        officer = demo.officer("HC46")
        seen = demo.desk.view(application, by=officer, now=NOW).seen
        ready.append((application, officer, seen))
    store = demo.desk.store
    written = count_writes(store)
    full, bare = [], []
    days = (date(1900, 1, 1) + timedelta(days=n) for n in itertools.count())
    for n, (application, officer, seen) in enumerate(ready):
        written.clear()
        began = time.perf_counter()
        demo.desk.act(application, Action.APPROVE, by=officer, seen=seen, request=f"b{n}", now=NOW)
        full.append(time.perf_counter() - began)
        rows = len(written)
        began = time.perf_counter()
        with store.writing() as unit:
            for _ in range(rows):
                unit.connection.execute(
                    sa.insert(models.calendar_day),
                    {"day": next(days), "working": True},
                )
        bare.append(time.perf_counter() - began)
    figures = {
        "rows": float(rows),
        "approval_ms": 1000 * statistics.median(full),
        "bare_ms": 1000 * statistics.median(bare),
    }
    ratio = figures["bare_ms"] / figures["approval_ms"]
    figures["ratio"] = ratio
    print(
        f"approval {figures['approval_ms']:.2f} ms, bare transaction of {rows} rows "
        f"{figures['bare_ms']:.2f} ms: ratio {ratio:.2f}   goal ≥ 0.4"
    )
    return figures


def count_writes(store: Store) -> list[str]:
    written: list[str] = []

    @sa.event.listens_for(store.engine, "before_cursor_execute")
    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.split(maxsplit=1)[0] in ("INSERT", "UPDATE", "DELETE"):
            written.append(statement)

    return written


if __name__ == "__main__":
    main()
