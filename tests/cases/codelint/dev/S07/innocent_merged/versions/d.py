"""Merge b and c."""

revision = "d"
down_revision = ("b", "c")


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
