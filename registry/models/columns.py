"""How values are stored alike in SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import IntEnum, StrEnum
from typing import Any, Final

from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    Dialect,
    MetaData,
    SmallInteger,
    String,
    TypeDecorator,
)

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

LIVE_ONLY: Final = "standing IN ('VALID', 'FILED', 'SUSPENDED')"


class Words(TypeDecorator[StrEnum]):
    """A `StrEnum`, stored by its value; a value outside the enum does not come back silently."""

    impl = String(32)
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: StrEnum | str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else self.words(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:  # noqa: ARG002
        return None if value is None else self.words(value)


class Number(TypeDecorator[IntEnum]):
    """An `IntEnum`, stored by its number."""

    impl = SmallInteger
    cache_ok = True

    def __init__(self, numbers: type[IntEnum]) -> None:
        super().__init__()
        self.numbers = numbers

    def process_bind_param(self, value: IntEnum | int | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        return None if value is None else self.numbers(value).value

    def process_result_value(self, value: int | None, dialect: Dialect) -> IntEnum | None:  # noqa: ARG002
        return None if value is None else self.numbers(value)


class Listed(TypeDecorator[tuple[str, ...]]):
    """A tuple of texts, stored as a JSON array."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> list[str]:  # noqa: ARG002
        return list(value or ())

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[str, ...]:  # noqa: ARG002
        return tuple(value or ())


class Instant(TypeDecorator[datetime]):
    """An aware instant, stored in UTC; an instant without a zone is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant has a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def key_column(name: str) -> Column[Any]:
    """A key to search by. Keys compare by code point in both databases, so that those with a common
    beginning are neighbours in an index."""
    by_code_point = String(128).with_variant(String(128, collation="C"), "postgresql")
    return Column(name, by_code_point, nullable=False, server_default="")


def id_column(name: str = "id", *args: Any, **options: Any) -> Column[Any]:
    """An id, or a reference to one: text of at most 64 characters."""
    return Column(name, String(64), *args, **options)
