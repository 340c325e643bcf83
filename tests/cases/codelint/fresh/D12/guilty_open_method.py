from pathlib import Path

HOME = Path.home() / ".bot"


async def last_nonce() -> int:
    with (HOME / "nonce").open() as handle:  # expect: D12|D11
        return int(handle.read())


async def store_nonce(value: int) -> None:
    (HOME / "nonce").write_text(str(value))  # expect: D12
