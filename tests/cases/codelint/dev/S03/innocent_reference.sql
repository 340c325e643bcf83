CREATE TABLE leg_states (name text PRIMARY KEY);

CREATE TABLE positions (
    symbol text NOT NULL,
    position_idx smallint NOT NULL CHECK (position_idx IN (1, 2)),
    status text NOT NULL REFERENCES leg_states (name),
    quantity numeric(38, 18) NOT NULL CHECK (quantity >= 0),
    PRIMARY KEY (symbol, position_idx)
);
