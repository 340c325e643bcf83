CREATE TABLE fills (  -- expect: S02@fills
    exec_id text PRIMARY KEY,
    symbol text NOT NULL,
    position_idx smallint NOT NULL CHECK (position_idx IN (1, 2)),
    quantity numeric(38, 18) NOT NULL,  -- expect: S02@fills
    price numeric(38, 18) NOT NULL CHECK (price > 0)
);
