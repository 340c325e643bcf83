CREATE TYPE order_side AS ENUM ('BUY', 'SELL');
CREATE TYPE order_status AS ENUM ('NEW', 'FILLED', 'CANCELED');

CREATE TABLE orders (  -- expect: S02@orders
    client_order_id text PRIMARY KEY,
    symbol text NOT NULL,
    side order_side NOT NULL,
    status order_status NOT NULL,
    position_idx smallint NOT NULL CHECK (position_idx IN (1, 2)),
    reduce_only boolean NOT NULL,
    quantity numeric(38, 18) NOT NULL,  -- expect: S02@orders
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX orders_symbol_status ON orders (symbol, status);
CREATE INDEX orders_created_at ON orders (created_at);
