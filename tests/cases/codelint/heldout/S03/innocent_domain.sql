CREATE DOMAIN position_side AS text CHECK (VALUE IN ('LONG', 'SHORT'));

CREATE TABLE positions (
    symbol text NOT NULL,
    position_idx smallint NOT NULL CHECK (position_idx IN (1, 2)),
    side position_side NOT NULL,
    quantity numeric(38, 18) NOT NULL CHECK (quantity >= 0),
    PRIMARY KEY (symbol, position_idx)
);
