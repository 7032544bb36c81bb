"""Days as the law counts them: in China, in working days, in years.

* A day is a day in China (UTC+8, no summer time), wherever the server stands.
* Periods for an authority are working days (行政许可法 art. 82): Monday to Friday, minus holidays,
  plus make-up days. The day something happens is not counted.
* A period of years ends on the corresponding day, or on the last day of the month where there is
  none; the first day is not counted and the last day belongs to the period (民法典 art. 201, 202).
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from typing import Final

CHINA: Final = timezone(timedelta(hours=8), "Asia/Shanghai")

_ONE_DAY: Final = timedelta(days=1)
_QUIET_UNTIL: Final = time(8)
_QUIET_FROM: Final = time(18)


def china_day(now: datetime) -> date:
    """The date in China at an instant; ``now`` must carry its zone."""
    if now.tzinfo is None:
        raise ValueError("an instant without a zone has no date in China")
    return now.astimezone(CHINA).date()


def start_of_china_day(now: datetime) -> datetime:
    """The first instant of the day in China that ``now`` belongs to."""
    return datetime.combine(china_day(now), time(), CHINA)


def add_years(start: date, years: int) -> date:
    """The last day of a period of years that began on ``start``: 2024-02-29 and two give 2026-02-28."""
    year = start.year + years
    last_of_month = calendar.monthrange(year, start.month)[1]
    return date(year, start.month, min(start.day, last_of_month))


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkCalendar:
    """Which days are worked. ``days`` holds exceptions only: holidays False, make-up days True."""

    days: Mapping[date, bool] = field(default_factory=dict)

    def is_working(self, day: date) -> bool:
        """Whether authorities work on ``day``; a day without a row counts by its weekday."""
        return self.days.get(day, day.weekday() < calendar.SATURDAY)

    def after(self, start: date, working_days: int) -> date:
        """The last day of a period of working days; ``start`` itself is not counted."""
        if working_days < 1:
            raise ValueError("a period has at least one working day")
        day, left = start, working_days
        while left:
            day += _ONE_DAY
            left -= self.is_working(day)
        return day

    def left(self, today: date, last: date) -> int:
        """Working days from tomorrow to ``last``; negative by as many as have passed since."""
        first, end = min(today, last), max(today, last)
        days = sum(self.is_working(first + n * _ONE_DAY) for n in range(1, (end - first).days + 1))
        return days if last >= today else -days

    def covers(self, year: int) -> bool:
        """Whether any day of ``year`` is listed; if not, an administrator should be warned."""
        return any(day.year == year for day in self.days)

    def allows_full_export(self, now: datetime) -> bool:
        """Full-field export: on working days before 08:00 or from 18:00, on other days at any time
        (manual, section 4.3)."""
        here = now.astimezone(CHINA)
        quiet = here.time() < _QUIET_UNTIL or here.time() >= _QUIET_FROM
        return quiet or not self.is_working(here.date())
