"""One entry of a log: decoding it, and taking its fields with their types checked."""

import json
from datetime import UTC, datetime
from typing import Any


class BadRow(Exception):
    """An entry that is no message; says what is wrong and what would be right."""


def decode(raw: bytes) -> dict[str, Any]:
    """The JSON object in `raw`, UTF-8."""
    try:
        row = json.loads(raw.decode("utf-8"))
    except UnicodeDecodeError:
        raise BadRow("is not UTF-8; save the file as UTF-8") from None
    except RecursionError:
        raise BadRow("is nested too deeply; a message is a flat object") from None
    except ValueError:  # also an integer of more digits than Python converts
        raise BadRow("is not valid JSON; write one object a line") from None
    return as_object(row)


def as_object(row: object) -> dict[str, Any]:
    """`row` itself, when it is a JSON object."""
    if not isinstance(row, dict):
        raise BadRow("is not a JSON object; a message is one {...}")
    return row


def text(row: dict[str, Any], name: str) -> str:
    """The string `row[name]`, which may be empty.

    Half a surrogate pair, which JSON can spell and UTF-8 cannot, becomes "?": the hash of an author
    and the tokenizer both need text that encodes.
    """
    match row.get(name):
        case str() as value:
            return value.encode("utf-8", "replace").decode("utf-8")
        case None:
            raise BadRow(f"has no `{name}`; give a string")
        case _:
            raise BadRow(f"has a `{name}` that is not a string; put it in quotes")


def word(row: dict[str, Any], name: str) -> str:
    """The string `row[name]`, which must not be empty."""
    value = text(row, name)
    if not value.strip():
        raise BadRow(f"has an empty `{name}`; give its name or id")
    return value


def flag(row: dict[str, Any], name: str) -> bool:
    """The boolean `row[name]`, False when absent."""
    value = row.get(name, False)
    if not isinstance(value, bool):
        raise BadRow(f"has a `{name}` that is neither true nor false")
    return value


def moment(row: dict[str, Any], name: str) -> datetime:
    """The ISO 8601 time `row[name]`, in UTC; a time without an offset would be a guess."""
    value = text(row, name)
    try:
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise BadRow(f"has a `{name}` without an offset; end it with +09:00 or Z")
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadRow(
            f"has a `{name}` that is no ISO 8601 time; write it as 2026-03-10T08:12:00+09:00"
        ) from None
