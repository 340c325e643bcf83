"""Sets for membership, sizes and messages; dictionary values that are summed."""


def check(columns, expected):
    unknown = set(columns) - set(expected)
    if unknown:
        raise ValueError(f"unknown features: {', '.join(sorted(unknown))}")


def importance_total(importance: dict) -> int:
    return sum(importance.values())


def count(names) -> int:
    return len(set(names))
