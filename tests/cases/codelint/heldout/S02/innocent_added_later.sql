-- The check is added by a statement of its own.
CREATE TABLE fills (
    exec_id text PRIMARY KEY,
    client_order_id text NOT NULL,
    position_idx smallint NOT NULL CHECK (position_idx IN (1, 2)),
    qty numeric(38, 18) NOT NULL,
    price numeric(38, 18) NOT NULL CHECK (price > 0)
);

ALTER TABLE fills ADD CONSTRAINT fills_qty_positive CHECK (qty > 0);
