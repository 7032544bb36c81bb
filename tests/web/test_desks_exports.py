"""导出: what is shown at any time, all fields by the hours of the manual, on record, and never a formula."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from openpyxl import load_workbook

from registry import models
from registry.store import Store
from tests.web.conftest import Clock, SignIn
from tests.web.test_desks_institution import audited, record_of

WITHIN = datetime(2026, 11, 23, 9, 59, 59, tzinfo=UTC)  # Monday 17:59:59 in China
MOMENTS = [
    (WITHIN, False),
    (datetime(2026, 11, 23, 10, 0, tzinfo=UTC), True),  # 18:00
    (datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC), True),  # Monday 07:59:59
    (datetime(2026, 11, 23, 0, 0, tzinfo=UTC), False),  # 08:00
    (datetime(2026, 11, 22, 4, 0, tzinfo=UTC), True),  # Sunday noon
]


def sent(answer: Any) -> list[list[str]]:
    if answer.mimetype == "text/csv":
        return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    sheet = load_workbook(io.BytesIO(answer.data)).active
    return [[str(cell.value or "") for cell in row] for row in sheet.iter_rows()]


@pytest.mark.parametrize(("moment", "allowed"), MOMENTS)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_all_fields_by_the_hours_of_the_manual(  # noqa: PLR0917
    signed_in: SignIn, store: Store, clock: Clock, moment: datetime, allowed: bool, form: str
) -> None:
    clock.now = moment
    clerk, record = signed_in("clerk-hainan"), record_of(store, "林晓岚")
    answer = clerk.post("/institution/export", {"what": "full", "format": form})
    assert answer.status_code == (200 if allowed else 409)
    if allowed:
        rows = sent(answer)
        assert {"身份证号", "资格证书编码", "执业证书编码"} <= set(rows[0])
        (mine,) = [row for row in rows if row[0] == "林晓岚"]
        assert record.id_number in mine
        (row,) = audited(store, "list.export")
        assert (row.actor, row.details["what"]) == ("clerk-hainan", "full")
        assert row.details["rows"] == len(rows) - 1
    else:
        assert record.id_number.encode() not in answer.data
        assert audited(store, "list.export") == []


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_is_shown_at_any_time_with_its_filters(
    signed_in: SignIn, store: Store, clock: Clock, form: str
) -> None:
    clock.now = WITHIN
    clerk, record = signed_in("clerk-hainan"), record_of(store, "林晓岚")
    everybody = sent(clerk.post("/institution/export", {"what": "shown", "format": form}))
    one = sent(clerk.post("/institution/export", {"what": "shown", "format": form, "name": "lxl"}))
    assert len(everybody) > 10
    assert [row[0] for row in one] == ["姓名", "林晓岚"]
    assert record.id_number not in str(everybody)
    assert len(audited(store, "list.export")) == 2


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_no_cell_is_a_formula(signed_in: SignIn, store: Store, start: str) -> None:
    evil = f'{start}HYPERLINK("http://x","y")'
    table = models.department
    with store.writing() as unit:
        here = table.update().where(table.c.id == "hainan-0")
        unit.connection.execute(here.values(name=evil))
        record = record_of(store, "林晓岚").id
        records = models.practice_record
        put = records.update().where(records.c.id == record).values(department_id="hainan-0")
        unit.connection.execute(put)
    clerk = signed_in("clerk-hainan")
    rows = sent(clerk.post("/institution/export", {"what": "shown", "format": "csv"}))
    cells = [cell for row in rows for cell in row]
    assert f"'{evil}" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t"))]
    book = clerk.post("/institution/export", {"what": "shown", "format": "xlsx"}).data
    sheet = load_workbook(io.BytesIO(book)).active
    (cell,) = [cell for row in sheet.iter_rows() for cell in row if "HYPERLINK" in str(cell.value)]
    assert cell.data_type == "s"
