"""What people and workspaces chose: consent, and preferences whose meaning is not known here."""

import sqlite3
from datetime import datetime
from enum import StrEnum

from bot.events import Platform
from bot.storage.rows import micros

# scope, scope id, key, value
PreferenceRow = tuple[str, str, str, str]


class Choice(StrEnum):
    """What a person chose about being counted."""

    IN = "in"
    OUT = "out"


def set_consent(
    db: sqlite3.Connection,
    platform: Platform,
    workspace: str,
    author: bytes,
    choice: Choice | None,
    at: datetime,
) -> None:
    """Keep a person's choice, or with None forget it."""
    if choice is None:
        db.execute(
            "DELETE FROM consent WHERE platform = ? AND workspace = ? AND author = ?",
            (platform, workspace, author),
        )
        return
    db.execute(
        "INSERT INTO consent (platform, workspace, author, choice, at) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (platform, workspace, author) "
        "DO UPDATE SET choice = excluded.choice, at = excluded.at",
        (platform, workspace, author, choice, micros(at)),
    )


def set_preference(
    db: sqlite3.Connection,
    platform: Platform,
    workspace: str,
    place: tuple[str, str],
    key: str,
    value: str | None,
) -> None:
    """Keep `value` for the scope and scope id in `place`, or with None forget it."""
    where = (platform, workspace, *place, key)
    if value is None:
        db.execute(
            "DELETE FROM preferences WHERE platform = ? AND workspace = ? "
            "AND scope = ? AND scope_id = ? AND key = ?",
            where,
        )
        return
    db.execute(
        "INSERT INTO preferences (platform, workspace, scope, scope_id, key, value) "
        "VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (platform, workspace, scope, scope_id, key) "
        "DO UPDATE SET value = excluded.value",
        (*where, value),
    )
