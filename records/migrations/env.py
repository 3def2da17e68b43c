"""Where Alembic starts: it migrates on the connection that `records.schema` hands over."""

from alembic import context

from records.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite changes a column by copying its table
    transactional_ddl=True,  # a crash leaves the old shape or the new one, nothing between
)
with context.begin_transaction():
    context.run_migrations()
