CREATE TYPE order_side AS ENUM ('BUY', 'SELL');
CREATE TYPE order_status AS ENUM ('NEW', 'FILLED', 'CANCELED');

CREATE TABLE orders (  -- expect: S04
    client_order_id text PRIMARY KEY,
    symbol text NOT NULL,
    side order_side NOT NULL,
    status order_status NOT NULL,
    position_idx smallint NOT NULL CHECK (position_idx IN (1, 2)),
    reduce_only boolean NOT NULL,
    quantity numeric(38, 18) NOT NULL CHECK (quantity > 0),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX orders_side ON orders (side);
CREATE INDEX orders_created_at ON orders (created_at);
