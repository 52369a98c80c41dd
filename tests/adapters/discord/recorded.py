"""Recorded gateway payloads, and what discord.py itself makes of them."""

import json
from pathlib import Path
from typing import Any

import discord
from discord.user import ClientUser

PAYLOADS = Path(__file__).parent / "payloads"
OWN = 100
GUILD = "1210000000000000000"
GENERAL, FORUM, VOICE = (f"121000000000000000{number}" for number in (1, 3, 4))
THREAD, POST = (f"121000000000000000{number}" for number in (5, 6))
CATEGORY = "1210000000000000002"


def payload(name: str) -> dict[str, Any]:
    """One recorded payload."""
    found: dict[str, Any] = json.loads(PAYLOADS.joinpath(f"{name}.json").read_text("utf-8"))
    return found


class Library:
    """discord.py's own parsers, in the guild of the recording."""

    def __init__(self) -> None:
        self.client = discord.Client(intents=discord.Intents.all(), max_messages=None)
        self.told: list[tuple[str, tuple[Any, ...]]] = []
        self._state: Any = self.client._connection
        self._state.dispatch = lambda event, *values: self.told.append((event, values))
        own = payload("guild_create")["members"][0]["user"]
        self._state.user = ClientUser(state=self._state, data=own)
        self._state.parse_guild_create(payload("guild_create"))

    @property
    def guild(self) -> discord.Guild:
        """The recorded guild."""
        guild = self.client.get_guild(int(GUILD))
        assert guild is not None
        return guild

    def parsed(self, name: str, **changes: Any) -> Any:
        """What is dispatched for the payload `name`: a message, or a raw event."""
        data = {**payload(name), **changes}
        kind = next(it for it in _PARSERS if name.startswith(it))
        getattr(self._state, f"parse_{kind}")(data)
        return self.told[-1][1][0]


_PARSERS = ("message_create", "message_update", "message_delete_bulk", "message_delete")
