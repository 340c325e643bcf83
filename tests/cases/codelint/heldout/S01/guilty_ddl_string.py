"""The schema as text, executed by a start-up script."""

CREATE_ORDERS = """
CREATE TABLE IF NOT EXISTS orders (  -- expect: S01
    order_id text PRIMARY KEY,
    symbol text NOT NULL,
    side text NOT NULL CHECK (side IN ('BUY', 'SELL')),
    status text NOT NULL CHECK (status IN ('NEW', 'FILLED', 'CANCELED')),
    quantity numeric NOT NULL CHECK (quantity > 0),
    created_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS orders_symbol_status ON orders (symbol, status);
CREATE INDEX IF NOT EXISTS orders_created_at ON orders (created_at);
"""
