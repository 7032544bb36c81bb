"""导出 of an institution's physicians, as CSV or xlsx (manual, 4.3).

* What is shown may be exported at any time; all fields only on working days before 08:00 or from 18:00,
  and on other days at any time. Either way it is put on record before anything leaves.
* No cell is ever a formula: a text that a spreadsheet would run begins with an apostrophe in CSV, and is of
  type text in xlsx.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any, Final

from flask import Blueprint, Response, abort, request
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from credential.text import Text
from registry import messages, queues
from registry.desk import Deed
from registry.errors import Code, refuse
from registry.web import words
from registry.web.access import INSTITUTION, access
from registry.web.desks import lists, parts
from registry.web.limits import limiter
from registry.web.service import actor, desk, now, today

blueprint = Blueprint("exports", __name__, url_prefix="/institution")
MAX_ROWS: Final = 100_000
_RUNS: Final = ("=", "+", "-", "@", "\t", "\r")
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SHOWN: Final = (
    Text("姓名", "Name"),
    Text("性别", "Gender"),
    Text("年龄", "Age"),
    Text("医师类别", "Category"),
    Text("医师级别", "Level"),
    Text("执业范围", "Scope"),
    Text("所在科室", "Department"),
    Text("任职资格", "Title"),
    Text("执业状态", "Standing"),
    Text("医师账户状态", "Account"),
)
_MORE: Final = (
    Text("身份证号", "Identity number"),
    Text("资格证书编码", "Qualification number"),
    Text("执业证书编码", "Licence number"),
    Text("是否修改过信息", "Modified"),
    Text("审核日期", "Approved on"),
    Text("医通办注册", "In the app"),
)
Row = Sequence[str]


@blueprint.post("/export")
@access(INSTITUTION)
@limiter.limit("30 per hour")
def export() -> Response:
    """The list that is shown, or all fields of everybody; put on record first."""
    what, form = request.form.get("what", "shown"), request.form.get("format", "csv")
    if what not in ("shown", "full") or form not in _FILES:
        abort(400)
    with desk().store.reading() as unit:
        if what == "full" and not unit.calendar().allows_full_export(now()):
            raise refuse(Code.EXPORT_HOURS)
        departments = {each.id: each.name for each in unit.departments(actor().org_id)}
        if what == "shown":
            found = [_shown(row, departments) for row in lists.rows_of(unit, **lists.filters())]
        else:
            every = queues.physicians_in_full(unit, actor().org_id, limit=MAX_ROWS)
            found = [_full(row, departments) for row in every]
    head = [words.say(each) for each in (_SHOWN if what == "shown" else (*_SHOWN, *_MORE))]
    details = {"what": what, "format": form, "rows": len(found)}
    desk().note(Deed.EXPORT, actor().org_id, by=actor(), now=now(), details=details)
    content, mimetype = _FILES[form](head, found)
    name = f"physicians-{today().isoformat()}-{what}.{form}"
    return Response(
        content,
        mimetype=mimetype,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _shown(row: Any, departments: dict[Any, str]) -> Row:
    """A row as the list shows it."""
    return (
        row.name,
        words.t("男", "male") if row.gender == "male" else words.t("女", "female"),
        str(parts.age(row.born_on)),
        words.names("category", row.category),
        words.names("level", row.level),
        words.scopes(row.scopes),
        departments.get(row.department_id, ""),
        words.names("title", row.title),
        words.say(messages.STANDINGS[row.standing]),
        words.say(messages.BINDINGS[row.binding]),
    )


def _full(row: Any, departments: dict[Any, str]) -> Row:
    """A row with all fields."""
    return (
        *_shown(row, departments),
        row.id_number,
        row.qualification_number,
        row.licence_number,
        words.t("是", "yes") if row.modified else words.t("否", "no"),
        row.approved_on.isoformat(),
        words.t("是", "yes") if row.joined else words.t("否", "no"),
    )


def harmless(text: str) -> str:
    """A text no spreadsheet runs."""
    return f"'{text}" if text.startswith(_RUNS) else text


def as_csv(head: Row, rows: Iterable[Row]) -> tuple[bytes, str]:
    """UTF-8 with the mark that spreadsheets look for."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerows([harmless(cell) for cell in row] for row in (head, *rows))
    return b"\xef\xbb\xbf" + out.getvalue().encode(), "text/csv"


def as_xlsx(head: Row, rows: Iterable[Row]) -> tuple[bytes, str]:
    """Every cell is text: long numbers stay whole, and nothing is a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in (head, *rows):
        cells = []
        for text in row:
            cell = WriteOnlyCell(sheet, value=text)
            cell.data_type = "s"
            cells.append(cell)
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue(), _XLSX


_FILES: Final = {"csv": as_csv, "xlsx": as_xlsx}
