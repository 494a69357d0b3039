"""Alembic's entry point: runs the migrations on the connection that the ledger hands over."""

from alembic import context

from loyalty.ledger.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
    transactional_ddl=True,
)
# The ledger has already begun the transaction: all of the migrations, or none.
context.run_migrations()
