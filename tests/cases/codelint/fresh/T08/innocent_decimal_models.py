"""Money is Decimal in the models; scores, ratios and times may be floats."""

from decimal import Decimal

from pydantic import BaseModel


class Fill(BaseModel):
    symbol: str
    price: Decimal
    quantity: Decimal
    latency_ms: float


class Forecast(BaseModel):
    symbol: str
    confidence: float
    volatility: float


def pnl(entry: str, mark: str, lots: int) -> Decimal:
    return (Decimal(mark) - Decimal(entry)) * lots


def cpu_share(used: str, total: str) -> float:
    return float(used) / float(total)
