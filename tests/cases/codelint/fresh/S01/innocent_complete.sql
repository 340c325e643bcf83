CREATE TYPE order_side AS ENUM ('BUY', 'SELL');
CREATE TYPE order_status AS ENUM ('NEW', 'PARTIALLY_FILLED', 'FILLED', 'CANCELED', 'REJECTED');

CREATE TABLE IF NOT EXISTS trading.orders (
    client_order_id text PRIMARY KEY,
    symbol text NOT NULL,
    side order_side NOT NULL,
    status order_status NOT NULL,
    position_idx smallint NOT NULL CHECK (position_idx IN (1, 2)),
    reduce_only boolean NOT NULL,
    quantity numeric(38, 18) NOT NULL CHECK (quantity > 0),
    price numeric(38, 18) CHECK (price > 0),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX orders_symbol_status ON trading.orders (symbol, status);
CREATE INDEX orders_created_at ON trading.orders (created_at);
