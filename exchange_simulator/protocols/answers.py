"""What exchanges' languages share: an HTTP answer, JSON, and how numbers are written and read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

import msgspec

__all__ = ["Fields", "Reply", "decode", "encode", "fixed", "plain"]

encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder()
_MAX_TEXT = 64
_LARGEST = Decimal("1e15")
_FINEST = -18


@dataclass(slots=True, kw_only=True)
class Reply:
    """An HTTP answer; `lost` means that the connection is closed instead of answering."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json; charset=utf-8"
    delay_ms: int = 0
    lost: bool = False


def decode(data: bytes | str) -> Any:
    """Return the value of a JSON text, or None where it is none or nested without end."""
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return None


def plain(value: Decimal) -> str:
    """Write a number without exponent and without trailing zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def fixed(value: Decimal, unit: Decimal) -> str:
    """Write a number with as many decimals as a unit has, rounded half up."""
    return format(value.quantize(unit, ROUND_HALF_UP), "f")


class Fields:
    """The fields of a request, read one by one; a wrong one becomes the language's own error."""

    def __init__(
        self,
        values: Mapping[str, Any],
        *,
        missing: Callable[[str], Exception],
        invalid: Callable[[str], Exception],
    ) -> None:
        """Wrap decoded JSON or a parsed query; both callables get the name of the field."""
        self.values = values
        self._missing = missing
        self._invalid = invalid

    def _raw(self, name: str) -> str | None:
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, bool):
            return "true" if value else "false"
        if not isinstance(value, str | int | float) or len(text := str(value)) > _MAX_TEXT:
            raise self._invalid(name)
        return text

    def text(self, name: str, default: str = "") -> str:
        """Return a short text, or the default where the field is absent or empty."""
        text = self._raw(name)
        return default if text is None else text

    def required(self, name: str) -> str:
        """Return a text that must be there."""
        text = self._raw(name)
        if text is None:
            raise self._missing(name)
        return text

    def decimal(self, name: str) -> Decimal | None:
        """Return a finite number of either sign, or None where the field is absent or empty."""
        text = self._raw(name)
        if text is None:
            return None
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise self._invalid(name) from None
        if not number.is_finite() or abs(number) >= _LARGEST:
            raise self._invalid(name)
        exponent = number.as_tuple().exponent
        if isinstance(exponent, int) and exponent < _FINEST:
            raise self._invalid(name)
        return number

    def positive(self, name: str) -> Decimal | None:
        """Return a number above zero, or None where the field is absent, empty or zero."""
        number = self.decimal(name)
        if number is not None and number < 0:
            raise self._invalid(name)
        return number or None

    def integer(self, name: str, default: int, *, least: int = 0, most: int = 2**53) -> int:
        """Return a whole number within bounds."""
        text = self._raw(name)
        if text is None:
            return default
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
            raise self._invalid(name)
        if not least <= (number := int(text)) <= most:
            raise self._invalid(name)
        return number

    def flag(self, name: str) -> bool:
        """Return a boolean, written as JSON or as a word; absent means false."""
        text = self._raw(name)
        if text is None:
            return False
        if text.lower() not in ("true", "false"):
            raise self._invalid(name)
        return text.lower() == "true"

    def one_of(self, name: str, known: Mapping[str, Any], default: str = "") -> Any:
        """Return what a word stands for; the word is required where there is no default."""
        text = self.text(name, default) if default else self.required(name)
        if text not in known:
            raise self._invalid(name)
        return known[text]
