"""Tables as SQL text, SQLAlchemy models and Alembic migrations describe them; their rules."""
