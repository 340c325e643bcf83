CREATE TABLE positions (
    symbol text NOT NULL,
    position_idx smallint NOT NULL CHECK (position_idx IN (1, 2)),
    side text NOT NULL,  -- expect: S03
    status varchar(16) NOT NULL,  -- expect: S03
    quantity numeric(38, 18) NOT NULL CHECK (quantity >= 0),
    PRIMARY KEY (symbol, position_idx)
);
