"""统计信息: a few honest charts, drawn here as SVG, with the numbers under them.

Every bar stands on zero, and the table under a chart says all that the chart says.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from flask import Blueprint, render_template
from markupsafe import Markup, escape

from registry import queues
from registry.kinds import KINDS
from registry.web import words
from registry.web.access import CLERK, access
from registry.web.desks import parts
from registry.web.service import desk, today

blueprint = Blueprint("charts", __name__, url_prefix="/desk")

_WIDTH: Final = 640
_HEIGHT: Final = 220
_FOOT: Final = 28
_HEAD: Final = 20
_MONTHS: Final = 12
_AGES: Final = ((0, 29), (30, 39), (40, 49), (50, 59), (60, 200))

Bars = Sequence[tuple[str, int]]


@blueprint.get("/statistics")
@access(CLERK)
def statistics() -> str:
    """What came in by month and kind, what waits, and how old the physicians are."""
    column, org_id = parts.organ()
    since = _months_back(today(), _MONTHS - 1)
    with desk().store.reading() as unit:
        rows = queues.kinds_by_month(unit, column, org_id, since=since, until=today())
        waiting = queues.how_many_wait(unit, column, org_id)
        born = queues.births_here(unit, column, org_id)
    months = [_month(since, n) for n in range(_MONTHS)]
    table = {
        kind: [sum(r.times for r in rows if (r.month, r.kind) == (m, kind)) for m in months]
        for kind in KINDS
        if any(row.kind == kind for row in rows)
    }
    totals = [(m[2:], sum(row.times for row in rows if row.month == m)) for m in months]
    return render_template(
        "registry/desks/statistics.html",
        months=months,
        table=table,
        kinds=KINDS,
        waiting=waiting,
        by_month=bars(totals, words.t("每月提交业务", "Applications by month")),
        ages=(ages := _ages(born)),
        by_age=bars(ages, words.t("医师年龄", "Ages of physicians")),
        totals=totals,
    )


def bars(values: Bars, title: str) -> Markup:
    """A bar chart from zero; every bar carries its number."""
    highest = max((value for _, value in values), default=0) or 1
    step = _WIDTH / max(len(values), 1)
    room = _HEIGHT - _FOOT - _HEAD
    drawn = []
    for place, (name, value) in enumerate(values):
        height = room * value / highest
        left, top = place * step + step * 0.15, _HEIGHT - _FOOT - height
        middle = place * step + step / 2
        drawn.append(
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{step * 0.7:.1f}" height="{height:.1f}"/>'
            f'<text x="{middle:.1f}" y="{top - 4:.1f}">{value}</text>'
            f'<text x="{middle:.1f}" y="{_HEIGHT - 8}">{escape(name)}</text>'
        )
    line = _HEIGHT - _FOOT
    return Markup(  # noqa: S704 - numbers, and names escaped above
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}">'
        f'<line x1="0" y1="{line}" x2="{_WIDTH}" y2="{line}"/>{"".join(drawn)}</svg>'
    )


def _ages(born: dict[int, int]) -> list[tuple[str, int]]:
    """Completed years by the year of birth, in tens."""
    year = today().year
    return [
        (
            f"<{high + 1}" if low == 0 else f"{low}+" if high > 100 else f"{low}–{high}",
            sum(times for birth, times in born.items() if low <= year - birth <= high),
        )
        for low, high in _AGES
    ]


def _month(since: date, after: int) -> str:
    months = since.year * 12 + since.month - 1 + after
    return f"{months // 12}-{months % 12 + 1:02}"


def _months_back(day: date, months: int) -> date:
    """The first day of the month so many months ago."""
    whole = day.year * 12 + day.month - 1 - months
    return date(whole // 12, whole % 12 + 1, 1)
