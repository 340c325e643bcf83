"""Risk that survives a restart: where days and weeks began, the peak, and what was counted.

Revision ID: 0005
Revises: 0004
Create Date: 2026-11-22
"""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

CHANGES = """
CREATE TYPE risk_figure_enum AS ENUM (
    'equity', 'day_start', 'week_start', 'equity_peak', 'net_at_flat',
    'consecutive_losses', 'executions', 'orphan_fills'
);

CREATE TABLE risk_figures (
    account TEXT NOT NULL,
    name risk_figure_enum NOT NULL,
    scope TEXT NOT NULL,
    value NUMERIC NOT NULL,
    event_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (account, name, scope),
    CONSTRAINT risk_figures_value_check CHECK (value NOT IN ('NaN', 'Infinity', '-Infinity'))
);
"""

CHANGES_BACK = """
DROP TABLE risk_figures;

DROP TYPE risk_figure_enum;
"""


def upgrade() -> None:
    op.execute(CHANGES)


def downgrade() -> None:
    op.execute(CHANGES_BACK)
