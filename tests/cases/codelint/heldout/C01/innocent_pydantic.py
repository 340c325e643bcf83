"""A setting without default: it must be stated, and must be true."""

from pydantic import BaseModel, field_validator


class TradingSettings(BaseModel):
    hedge_mode: bool

    @field_validator("hedge_mode")
    @classmethod
    def must_be_hedge(cls, value: bool) -> bool:
        if not value:
            raise ValueError("trading.hedge_mode must be true")
        return value
