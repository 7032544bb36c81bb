"""What the two commands share: the ``--at`` option. Imported by commands only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click


class Moment(click.ParamType[datetime]):
    """An RFC 3339 time with its offset."""

    name = "RFC3339"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            self.fail(
                f"{value!r} is not an RFC 3339 time such as 2026-11-22T10:00:00+08:00", param, ctx
            )
        return moment


at_option = click.option("--at", type=Moment(), help="Take this time instead of now.")
