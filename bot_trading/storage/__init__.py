"""Where decisions, orders and fills are kept: PostgreSQL, its schema, and a store in memory."""
