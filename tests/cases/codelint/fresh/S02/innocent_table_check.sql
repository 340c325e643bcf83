CREATE TABLE fills (
    exec_id text PRIMARY KEY,
    symbol text NOT NULL,
    position_idx smallint NOT NULL,
    quantity numeric(38, 18) NOT NULL,
    price numeric(38, 18) NOT NULL,
    CONSTRAINT fills_quantity CHECK (quantity > 0),
    CONSTRAINT fills_price CHECK (price > 0),
    CONSTRAINT fills_leg CHECK (position_idx IN (1, 2))
);
