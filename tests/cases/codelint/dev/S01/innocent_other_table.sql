-- Candles are no orders: they have neither leg nor side.
CREATE TABLE candles (
    symbol text NOT NULL,
    ts_open timestamptz NOT NULL,
    open numeric(38, 18) NOT NULL,
    close numeric(38, 18) NOT NULL,
    volume numeric(38, 18) NOT NULL CHECK (volume >= 0),
    PRIMARY KEY (symbol, ts_open)
);
