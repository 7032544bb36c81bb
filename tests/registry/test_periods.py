"""Days in China, working days, periods of years."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from registry.periods import WorkCalendar, add_years, china_day


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 11, 23, 15, 59, 59, tzinfo=UTC), date(2026, 11, 23)),
        (datetime(2026, 11, 23, 16, 0, 0, tzinfo=UTC), date(2026, 11, 24)),
    ],
)
def test_the_day_turns_at_midnight_in_china(instant: datetime, day: date) -> None:
    assert china_day(instant) == day


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        china_day(datetime(2026, 11, 23))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("start", "years", "last"),
    [
        (date(2024, 2, 29), 2, date(2026, 2, 28)),
        (date(2024, 2, 29), 4, date(2028, 2, 29)),
        (date(2024, 11, 23), 2, date(2026, 11, 23)),
        (date(2026, 12, 31), -2, date(2024, 12, 31)),
    ],
)
def test_a_period_of_years_ends_on_the_corresponding_day(
    start: date, years: int, last: date
) -> None:
    assert add_years(start, years) == last


def test_working_days_skip_weekends_and_holidays_and_count_make_up_days() -> None:
    friday = date(2026, 9, 25)
    assert WorkCalendar().after(friday, 1) == date(2026, 9, 28)
    golden_week = {date(2026, 10, day): False for day in range(1, 8)}
    with_make_up = WorkCalendar(days={**golden_week, date(2026, 9, 27): True})
    assert with_make_up.after(friday, 1) == date(2026, 9, 27)
    assert WorkCalendar(days=golden_week).after(date(2026, 9, 30), 1) == date(2026, 10, 8)
    with pytest.raises(ValueError, match="at least one"):
        WorkCalendar().after(friday, 0)


def test_a_year_without_rows_is_known_to_be_bare() -> None:
    assert not WorkCalendar().covers(2027)
    assert WorkCalendar(days={date(2027, 1, 1): False}).covers(2027)


@pytest.mark.parametrize(("hour", "allowed"), [(7, True), (8, False), (17, False), (18, True)])
def test_full_exports_only_outside_office_hours_on_working_days(hour: int, allowed: bool) -> None:
    monday = datetime(2026, 11, 23, tzinfo=UTC) + timedelta(hours=hour - 8)
    assert WorkCalendar().allows_full_export(monday) is allowed
    assert WorkCalendar().allows_full_export(monday - timedelta(days=1))
