"""What people and workspaces chose: consent, and preferences whose meaning is not known here."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.events import Platform
from bot.storage.rows import micros


class Level(StrEnum):
    """How far a preference reaches, the nearest to a message first."""

    CHANNEL = "channel"
    CATEGORY = "category"
    WORKSPACE = "workspace"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """One decision of a workspace, as it was written down."""

    level: Level
    key: str
    value: str


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
    place: tuple[Level, str],
    key: str,
    value: str | None,
) -> None:
    """Keep `value` for the level and its target in `place`, or with None forget it."""
    where = (platform, workspace, *place, key)
    if value is None:
        db.execute(
            "DELETE FROM preferences WHERE platform = ? AND workspace = ? "
            "AND level = ? AND target = ? AND key = ?",
            where,
        )
        return
    db.execute(
        "INSERT INTO preferences (platform, workspace, level, target, key, value) "
        "VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (platform, workspace, level, target, key) "
        "DO UPDATE SET value = excluded.value",
        (*where, value),
    )
