"""Alembic's entry: runs the steps on the connection that ``hub.store.engine.migrate`` holds."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
