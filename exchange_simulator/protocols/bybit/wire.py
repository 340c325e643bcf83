"""Bybit's JSON on the wire: numbers as text, one envelope, and how requests are read."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar

__all__ = ["ApiError", "Params"]

_Choice = TypeVar("_Choice", bound=StrEnum)
_MAX_TEXT = 64
_NUMBER = frozenset("0123456789.eE+-")


class ApiError(Exception):
    """An error answer: HTTP 200 with a code, as Bybit does."""

    def __init__(self, code: int, message: str, result: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.result = dict(result or {})


class Params:
    """The fields of a request, read one by one; a wrong one names itself."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        """Wrap decoded JSON or a parsed query."""
        self.fields = fields

    def text(self, name: str, default: str = "") -> str:
        """Return a short text; numbers are accepted where clients send them."""
        value = self.fields.get(name)
        if value is None or value == "":
            return default
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ApiError(10001, f"Illegal parameter type: {name}")
        text = str(value)
        if len(text) > _MAX_TEXT and name != "cursor":
            raise ApiError(10001, f"params error: {name} too long")
        return text

    def required(self, name: str) -> str:
        """Return a text that must be there."""
        text = self.text(name)
        if not text:
            raise ApiError(10001, f"params error: {name} invalid")
        return text

    def decimal(self, name: str) -> Decimal | None:
        """Return a finite, not negative number, or None where the field is absent or empty."""
        value = self._number(name)
        if value is not None and value < 0:
            raise ApiError(10001, f"params error: {name} invalid")
        return value

    def signed_decimal(self, name: str) -> Decimal | None:
        """Return a finite number of either sign, or None."""
        return self._number(name)

    def _number(self, name: str) -> Decimal | None:
        value = self.fields.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ApiError(10001, f"Illegal parameter type: {name}")
        text = str(value)
        try:
            # Python's own leniency (blanks around, 1_000, other scripts' digits) is not JSON's.
            number = Decimal(text) if _NUMBER.issuperset(text) else Decimal("NaN")
        except InvalidOperation:
            raise ApiError(10001, f"params error: {name} invalid") from None
        if not number.is_finite() or abs(number) >= Decimal("1e15"):
            raise ApiError(10001, f"params error: {name} invalid")
        exponent = number.as_tuple().exponent
        if isinstance(exponent, int) and exponent < -18:
            raise ApiError(10001, f"params error: {name} invalid")
        return number

    def integer(self, name: str, default: int, *, least: int = 0, most: int = 2**53) -> int:
        """Return a whole number within bounds."""
        value = self.fields.get(name)
        if value is None or value == "":
            return default
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ApiError(10001, f"Illegal parameter type: {name}")
        text = str(value)
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
            raise ApiError(10001, f"params error: {name} invalid")
        number = int(text)
        if not least <= number <= most:
            raise ApiError(10001, f"params error: {name} invalid")
        return number

    def flag(self, name: str) -> bool:
        """Return a boolean; absent means false."""
        value = self.fields.get(name)
        if value is None or value == "":
            return False
        if isinstance(value, bool):
            return value
        if value in ("true", "false"):
            return bool(value == "true")
        raise ApiError(10001, f"Illegal parameter type: {name}")

    def choice(self, name: str, kind: type[_Choice], default: _Choice | None = None) -> _Choice:
        """Return one of an enumeration's words."""
        text = self.text(name)
        if not text and default is not None:
            return default
        try:
            return kind(text)
        except ValueError:
            raise ApiError(10001, f"params error: {name} invalid") from None
