"""Check the values of a `bundle.json` one by one, each refusal naming the file and the mend."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from classifier.base import BundleError

_Choice = TypeVar("_Choice", bound=StrEnum)


class Manifest:
    """The JSON object of a bundle, read by key."""

    def __init__(self, path: Path, raw: dict[str, Any]) -> None:
        self._path = path
        self._raw = raw

    def refuse(self, reason: str) -> NoReturn:
        """Raise the BundleError that says `reason` of this file."""
        raise BundleError(f"{self._path}: {reason}.")

    def text(self, key: str) -> str:
        """The string at `key`."""
        value = self._value(key)
        return value if isinstance(value, str) else self._wrong(key, value, "a text")

    def texts(self, key: str) -> tuple[str, ...]:
        """The list of strings at `key`."""
        values = self._list(key)
        if not all(isinstance(value, str) for value in values):
            self._wrong(key, values, "a list of texts")
        return tuple(values)

    def choice(self, key: str, kind: type[_Choice]) -> _Choice:
        """The member of `kind` at `key`."""
        return self._choice(key, self.text(key), kind)

    def choices(self, key: str, kind: type[_Choice]) -> tuple[_Choice, ...]:
        """The members of `kind` at `key`, at least one."""
        found = tuple(self._choice(key, value, kind) for value in self.texts(key))
        return found or self._wrong(key, [], f"at least one of {', '.join(kind)}")

    def count(self, key: str, least: int, most: int) -> int:
        """The whole number at `key`, from `least` to `most`."""
        value = self._value(key)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self._wrong(key, value, f"a whole number from {least} to {most}")
        return value

    def number(self, key: str, least: float, most: float) -> float:
        """The number at `key`, from `least` to `most`."""
        return self._number(key, self._value(key), least, most)

    def numbers(self, key: str, least: float, most: float) -> tuple[float, ...]:
        """The list of numbers at `key`, each from `least` to `most`."""
        return tuple(self._number(key, value, least, most) for value in self._list(key))

    def table(self, key: str) -> "Manifest":
        """The object at `key`."""
        return self._table(key, self._value(key))

    def tables(self, key: str) -> tuple["Manifest", ...]:
        """The list of objects at `key`."""
        return tuple(self._table(key, value) for value in self._list(key))

    def keys(self) -> Sequence[str]:
        """The keys of this object, in order."""
        return tuple(self._raw)

    def _value(self, key: str) -> Any:
        return self._raw[key] if key in self._raw else self.refuse(f"{key} is missing")

    def _list(self, key: str) -> list[Any]:
        value = self._value(key)
        return value if isinstance(value, list) else self._wrong(key, value, "a list")

    def _table(self, key: str, value: Any) -> "Manifest":
        if not isinstance(value, dict):
            self._wrong(key, value, "an object")
        return Manifest(self._path, value)

    def _choice(self, key: str, value: str, kind: type[_Choice]) -> _Choice:
        if value not in list(kind):
            self._wrong(key, value, f"one of {', '.join(kind)}")
        return kind(value)

    def _number(self, key: str, value: Any, least: float, most: float) -> float:
        plain = isinstance(value, int | float) and not isinstance(value, bool)
        if not plain or not least <= value <= most:  # true for NaN too
            self._wrong(key, value, f"a number from {least:g} to {most:g}")
        return float(value)

    def _wrong(self, key: str, value: object, needed: str) -> NoReturn:
        shown = repr(value)
        self.refuse(f"{key} is {shown[:60]}{'…' if len(shown) > 60 else ''}, {needed} is needed")
