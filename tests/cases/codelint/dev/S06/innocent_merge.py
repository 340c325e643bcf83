"""Merge two branches: nothing to do, in either direction.

Revision ID: e5f6
Revises: d4e5, a1b2
"""

revision = "e5f6"
down_revision = ("d4e5", "a1b2")


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
