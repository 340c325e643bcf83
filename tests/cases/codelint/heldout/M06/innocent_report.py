"""Empty cells of a printed table are filled with a dash; a missing count of a Counter is zero."""

from collections import Counter


def printable(table):
    return table.astype(object).where(table.notna(), "-")


def counts(words, names):
    counter = Counter(words)
    return {name: counter[name] for name in names}
