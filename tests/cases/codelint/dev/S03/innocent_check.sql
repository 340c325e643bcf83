CREATE TABLE positions (
    symbol text NOT NULL,
    position_idx smallint NOT NULL CHECK (position_idx IN (1, 2)),
    side varchar(10) NOT NULL CHECK (side IN ('LONG', 'SHORT')),
    quantity numeric(38, 18) NOT NULL CHECK (quantity >= 0),
    note text,
    PRIMARY KEY (symbol, position_idx)
);
