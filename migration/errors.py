"""What the migration raises on purpose: one clear sentence each, and nothing half-done."""

from __future__ import annotations

__all__ = ["MappingRefused", "MigrationError", "SourceChanged"]


class MigrationError(Exception):
    """The root: the sentence names the thing, what was expected, and what to do."""


class MappingRefused(MigrationError):
    """The mapping file cannot be used."""


class SourceChanged(MigrationError):
    """v2 wrote while it should not have."""
