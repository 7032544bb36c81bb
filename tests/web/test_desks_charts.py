"""统计信息: the chart and the table under it say the same, and what they say is what is stored."""

from __future__ import annotations

import re

from sqlalchemy import func, select

from registry import models
from registry.store import Store
from registry.web.desks.charts import bars
from tests.web.conftest import SignIn


def test_the_numbers_are_those_stored(signed_in: SignIn, store: Store) -> None:
    table = models.application
    with store.reading() as unit:
        query = select(func.count()).where(
            table.c.institution_id == "hainan", table.c.submitted_on >= "2025-12-01"
        )
        stored = unit.connection.execute(query).scalar_one()
    page = signed_in("clerk-hainan").get("/desk/statistics").text
    total = page.split("<strong>合计</strong>", 1)[1].split("</tr>", 1)[0]
    assert sum(int(each) for each in re.findall(r"<strong>(\d+)</strong>", total)) == stored > 0
    assert page.count('<svg class="chart"') == 2
    other = signed_in("clerk-leshan").get("/desk/statistics").text
    assert other.count('<svg class="chart"') == 2
    assert signed_in("officer1-hc46").get("/desk/statistics").status_code == 200


def test_bars_stand_on_zero_and_names_are_escaped() -> None:
    drawn = bars([("<b>", 10), ("b", 5), ("c", 0)], "t")
    heights = [float(each) for each in re.findall(r'height="([\d.]+)"/>', drawn)]
    assert heights[0] == 2 * heights[1]
    assert heights[2] == 0
    assert "<b>" not in drawn
    assert bars([], "t").count("<rect") == 0
