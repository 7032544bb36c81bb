"""The steps from an empty database to the present one, and the way to take them.

Each step is one transaction, in SQLite too: a migration that dies leaves the schema before or after it.
"""

from __future__ import annotations

from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from registry.store import Store, translated

_LOCATION: Final = "registry:migrations"


def upgrade(store: Store, revision: str = "head") -> str | None:
    """Brings the database to ``revision``; the revision it then has."""
    with translated(), store.engine.connect() as plain:
        connection = plain.execution_options(writes=True)
        with connection.begin():
            command.upgrade(_config(connection=connection), revision)
    return current(store)


def current(store: Store) -> str | None:
    """The revision the database has; None where it has no tables yet."""
    with translated(), store.engine.connect() as connection, connection.begin():
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    """The newest revision there is."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config(**attributes: object) -> Config:
    config = Config()
    config.set_main_option("script_location", _LOCATION)
    config.attributes.update(attributes)
    return config
