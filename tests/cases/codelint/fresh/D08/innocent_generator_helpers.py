"""Three helpers deep, and each one only computes."""


def chunks(rows: list[int], size: int) -> list[list[int]]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def read_windows(rows: list[int]) -> list[list[int]]:
    return chunks(rows, 5)


def load_features(rows: list[int]) -> list[int]:
    return [max(window) for window in read_windows(rows)]


async def decide(rows: list[int]) -> bool:
    features = load_features(rows)
    return features[-1] > features[0]
