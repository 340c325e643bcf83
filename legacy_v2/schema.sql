-- The database of the v2 bot. `orders` is the users' own table to the letter; what it has no room
-- for stands in `exchange_orders`, one row per order. Exact numbers only where v2 had them, floats
-- elsewhere; times are naive, in the zone of the machine that v2 ran on; states are free text; rows
-- point at one another by plain integers that nothing checks.

CREATE TABLE orders (
    id SERIAL PRIMARY KEY,
    symbol VARCHAR(20),
    side VARCHAR(10),                   -- Buy, Sell
    quantity DECIMAL(20, 8),
    price DECIMAL(20, 8),               -- the last price seen, also of market orders
    status VARCHAR(20)                  -- New, PartiallyFilled, Filled, Cancelled, Rejected, Error
);

CREATE TABLE exchange_orders (
    id SERIAL PRIMARY KEY,
    order_id INTEGER,                   -- orders.id
    exchange_order_id VARCHAR(64),      -- NULL where the exchange gave none
    order_type VARCHAR(20),             -- Market, Limit
    reason VARCHAR(40),                 -- entry, stop_loss, take_profit, timeout, reverse
    error TEXT,
    created_at TIMESTAMP DEFAULT now(),
    updated_at TIMESTAMP DEFAULT now()
);

CREATE TABLE trades (
    id SERIAL PRIMARY KEY,
    order_id INTEGER,                   -- orders.id
    trade_id VARCHAR(64),               -- the exchange's id of the execution
    symbol VARCHAR(20),
    side VARCHAR(10),                   -- Buy, Sell
    quantity DOUBLE PRECISION,
    price DOUBLE PRECISION,
    fee DOUBLE PRECISION,               -- USDT; positive is paid
    realized_pnl DOUBLE PRECISION,      -- USDT before fees; 0 where a position was opened
    is_maker SMALLINT,                  -- 0, 1
    executed_at TIMESTAMP
);

CREATE TABLE signals (
    id SERIAL PRIMARY KEY,
    symbol VARCHAR(20),
    direction VARCHAR(10),              -- long, short
    strength DOUBLE PRECISION,          -- 0 to 1
    strategy VARCHAR(40),
    indicators TEXT,                    -- JSON
    order_id INTEGER,                   -- orders.id; NULL where the signal was not followed
    candle_at TIMESTAMP,                -- close of the candle, by the exchange's time
    received_at TIMESTAMP,              -- when the bot held the candle
    ordered_at TIMESTAMP                -- when the order left
);

CREATE TABLE sltp_orders (
    id SERIAL PRIMARY KEY,
    symbol VARCHAR(20),
    order_id INTEGER,                   -- orders.id of the entry
    side VARCHAR(10),                   -- of the position: Buy, Sell
    quantity DOUBLE PRECISION,
    stop_loss DOUBLE PRECISION,
    take_profit DOUBLE PRECISION,
    status VARCHAR(20),                 -- active, stop_loss, take_profit, timeout, reverse
    close_order_id INTEGER,             -- orders.id of the exit
    created_at TIMESTAMP,
    closed_at TIMESTAMP
);

CREATE TABLE positions (
    id SERIAL PRIMARY KEY,
    symbol VARCHAR(20),
    side VARCHAR(10),                   -- Buy, Sell: one position per symbol
    size DOUBLE PRECISION,
    entry_price DOUBLE PRECISION,
    exit_price DOUBLE PRECISION,
    realized_pnl DOUBLE PRECISION,
    is_open SMALLINT,                   -- 1, 0
    opened_at TIMESTAMP,
    closed_at TIMESTAMP
);

CREATE TABLE balances (
    id SERIAL PRIMARY KEY,
    coin VARCHAR(10),
    wallet_balance DOUBLE PRECISION,
    equity DOUBLE PRECISION,
    recorded_at TIMESTAMP
);

CREATE TABLE config (
    key VARCHAR(50) PRIMARY KEY,
    value TEXT
);

CREATE INDEX idx_exchange_orders_order_id ON exchange_orders (order_id);
CREATE INDEX idx_trades_order_id ON trades (order_id);
CREATE INDEX idx_trades_executed_at ON trades (executed_at);
CREATE INDEX idx_sltp_orders_status ON sltp_orders (status);
