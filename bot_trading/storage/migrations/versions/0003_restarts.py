"""What a restart needs: since when an exchange's facts are ours, and trades told apart by symbol.

Revision ID: 0003
Revises: 0002
Create Date: 2026-11-22
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# An account that has traded already has begun with the first thing that it stored. An order's
# instant is our clock's, which may be ahead of the exchange's; nothing of ours is older than it.
CHANGES = """
CREATE TABLE account_beginnings (
    account TEXT NOT NULL,
    exchange TEXT NOT NULL,
    ours_from TIMESTAMPTZ NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT account_beginnings_pkey PRIMARY KEY (account, exchange)
);

INSERT INTO account_beginnings (account, exchange, ours_from)
SELECT account, exchange, min(since) FROM (
    SELECT account, exchange, event_at AS since FROM fills
    UNION ALL SELECT account, exchange, event_at FROM funding_payments
    UNION ALL SELECT account, exchange, created_at - interval '1 minute' FROM orders
        WHERE origin = 'v3'
) AS facts GROUP BY account, exchange;

ALTER TABLE fills
    DROP CONSTRAINT fills_pkey,
    ADD CONSTRAINT fills_pkey PRIMARY KEY (account, exchange, symbol, trade_id);

ALTER TABLE funding_payments
    DROP CONSTRAINT funding_payments_pkey,
    ADD CONSTRAINT funding_payments_pkey PRIMARY KEY (account, exchange, symbol, trade_id);

CREATE INDEX idx_signals_event_at ON signals (account, event_at DESC);

CREATE INDEX idx_orders_ended ON orders (account, updated_at DESC)
    WHERE status IN ('FILLED', 'CANCELED', 'REJECTED', 'EXPIRED');
"""

# Refused, whole, where two symbols share a trade id: the old key cannot hold both.
CHANGES_BACK = """
DROP INDEX idx_orders_ended;

DROP INDEX idx_signals_event_at;

ALTER TABLE funding_payments
    DROP CONSTRAINT funding_payments_pkey,
    ADD CONSTRAINT funding_payments_pkey PRIMARY KEY (account, exchange, trade_id);

ALTER TABLE fills
    DROP CONSTRAINT fills_pkey,
    ADD CONSTRAINT fills_pkey PRIMARY KEY (account, exchange, trade_id);

DROP TABLE account_beginnings;
"""


def upgrade() -> None:
    op.execute(CHANGES)


def downgrade() -> None:
    op.execute(CHANGES_BACK)
