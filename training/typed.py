"""Fill frozen dataclasses from TOML tables, refusing what does not fit by its name."""

import dataclasses
from collections.abc import Mapping
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from classifier.base import MaeumError

_T = TypeVar("_T")


class RecipeError(MaeumError):
    """A recipe that cannot be followed; names the key, what was found and what is needed."""


def fill(kind: type[_T], table: object, where: str) -> _T:
    """An instance of the dataclass `kind` from a TOML table; `where` names the table in errors."""
    if not isinstance(table, Mapping):
        raise RecipeError(f"{where} is {table!r}; a table of keys and values is needed.")
    fields = {field.name: field for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    for key in table:
        if key not in fields:
            raise RecipeError(f"{where} has no key {key!r}; the keys are {', '.join(fields)}.")
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for name, field in fields.items():
        if name in table:
            values[name] = _value(hints[name], table[name], f"{where}.{name}")
        elif field.default is field.default_factory is dataclasses.MISSING:
            raise RecipeError(f"{where} needs a value for {name!r}.")
    return kind(**values)


def _value(hint: Any, found: object, where: str) -> Any:
    if get_origin(hint) is UnionType:  # X | None: TOML has no null, so a value is an X
        (hint,) = (each for each in get_args(hint) if each is not NoneType)
    if get_origin(hint) is tuple:
        if not isinstance(found, list):
            raise RecipeError(f"{where} is {found!r}; a list is needed.")
        item = get_args(hint)[0]
        return tuple(_value(item, each, f"{where}[{place}]") for place, each in enumerate(found))
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return fill(hint, found, where)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        if found not in list(hint):
            raise RecipeError(f"{where} is {found!r}; choose one of {', '.join(hint)}.")
        return hint(str(found))
    return _plain(hint, found, where)


def _plain(hint: type, found: object, where: str) -> Any:
    if hint is float and isinstance(found, int) and not isinstance(found, bool):
        return float(found)
    if type(found) is not hint:
        names = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}
        raise RecipeError(f"{where} is {found!r}; {names[hint]} is needed.")
    return found
