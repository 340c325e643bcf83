CREATE TYPE position_side AS ENUM ('LONG', 'SHORT');
CREATE TYPE position_status AS ENUM ('OPEN', 'CLOSING', 'CLOSED');

CREATE TABLE positions (
    symbol text NOT NULL,
    position_idx smallint NOT NULL CHECK (position_idx IN (1, 2)),
    side position_side NOT NULL,
    status position_status NOT NULL,
    quantity numeric(38, 18) NOT NULL CHECK (quantity >= 0),
    comment text,
    PRIMARY KEY (symbol, position_idx)
);
