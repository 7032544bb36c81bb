"""How Alembic finds the database: by the connection it is handed, in whose transaction it works."""

from alembic import context

from registry.models import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
