"""What Slack knows of channels and people, remembered for a while."""

import asyncio
import logging
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from adapters.slack.calls import Calls
from adapters.slack.pace import LIST, LOOK_UP
from adapters.slack.translate import channel_name
from bot.events import ChannelRef, MessageEvent, Platform

logger = logging.getLogger(__name__)

_PAGE = 200
_MOST_PAGES = 50  # of a channel's members
_CHANNEL_FRESH, _PERSON_FRESH = 3600.0, 300.0  # seconds

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A conversation."""

    name: str | None
    is_private: bool
    is_shared: bool  # with another organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A member of a workspace."""

    is_manager: bool = False
    is_guest: bool = True
    locale: str | None = None


STRANGER = Person()  # what is taken for granted of a person Slack tells nothing about


class Directory:
    """Channels and people by workspace."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._channels = _Memory[Channel](_CHANNEL_FRESH)
        self._people = _Memory[Person](_PERSON_FRESH)
        self._untold = _Memory[bool](_PERSON_FRESH)  # channels that Slack told nothing about
        self._looking: dict[ChannelRef, asyncio.Task[Channel | None]] = {}

    def named(self, event: MessageEvent) -> MessageEvent:
        """`event` with what is known of its channel; what is not known is asked for meanwhile.

        Counting does not wait for a name: a later message brings it.
        """
        channel = event.ref.channel
        known = self._channels.get(channel)
        if known is None:
            if not self._untold.get(channel):
                self._look(channel)
            return event
        return replace(
            event,
            channel_name=event.channel_name or known.name,
            shared=event.shared or known.is_shared,
        )

    async def channel(self, channel: ChannelRef) -> Channel | None:
        """What Slack knows of a channel; None if it does not tell."""
        return self._channels.get(channel) or await asyncio.shield(self._look(channel))

    def renamed(self, channel: ChannelRef, name: str) -> None:
        """A channel has a new name."""
        if known := self._channels.get(channel):
            self._channels.put(channel, replace(known, name=name))

    async def joined(self, team: str) -> list[tuple[ChannelRef, Channel]] | None:
        """The conversations the app is a member of; None when Slack does not tell."""
        found: list[tuple[ChannelRef, Channel]] = []
        cursor = ""
        while True:
            answer = await self._calls(
                "users.conversations",
                LIST,
                team,
                lambda client, cursor=cursor: client.users_conversations(  # type: ignore[misc]
                    types="public_channel,private_channel,mpim,im",
                    exclude_archived=True,
                    limit=_PAGE,
                    cursor=cursor,
                ),
            )
            if answer is None:
                return None
            for row in answer["channels"]:
                ref = ChannelRef(platform=Platform.SLACK, workspace=team, channel=row["id"])
                found.append((ref, _channel(row)))
                self._channels.put(ref, _channel(row))
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return found

    async def person(self, team: str, user: str) -> Person:
        """What Slack knows of a person; a stranger if it does not tell."""
        if known := self._people.get((team, user)):
            return known
        answer = await self._calls(
            "users.info",
            LOOK_UP,
            team,
            lambda client: client.users_info(user=user, include_locale=True),
        )
        if answer is None:
            return STRANGER
        person = _person(answer["user"])
        self._people.put((team, user), person)
        return person

    async def can_read(self, channel: ChannelRef, user: str) -> bool:
        """Whether a person may read a channel: public and they no guest, or they its member."""
        known = await self.channel(channel)
        if known is None:
            return False
        if not known.is_private and not (await self.person(channel.workspace, user)).is_guest:
            return True
        return await self._is_member(channel, user)

    async def _is_member(self, channel: ChannelRef, user: str) -> bool:
        cursor = ""
        for _ in range(_MOST_PAGES):
            answer = await self._calls(
                "conversations.members",
                LOOK_UP,
                channel.workspace,
                lambda client, cursor=cursor: client.conversations_members(  # type: ignore[misc]
                    channel=channel.channel, limit=_PAGE, cursor=cursor
                ),
            )
            if answer is None:
                return False
            if user in answer["members"]:
                return True
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return False
        return False

    def _look(self, channel: ChannelRef) -> asyncio.Task[Channel | None]:
        """The question to Slack about a channel, asked once at a time."""
        if channel not in self._looking:
            task = asyncio.create_task(self._asked(channel))
            self._looking[channel] = task
            task.add_done_callback(lambda _: self._looking.pop(channel, None))
        return self._looking[channel]

    async def _asked(self, channel: ChannelRef) -> Channel | None:
        answer = await self._calls(
            "conversations.info",
            LOOK_UP,
            channel.workspace,
            lambda client: client.conversations_info(channel=channel.channel),
        )
        if answer is None:
            self._untold.put(channel, True)
            return None
        found = _channel(answer["channel"])
        self._channels.put(channel, found)
        return found

    async def close(self) -> None:
        """Stop asking."""
        tasks = list(self._looking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Memory(Generic[T]):
    """Values that are forgotten when they are no longer fresh."""

    def __init__(self, fresh: float) -> None:
        self._fresh = fresh
        self._known: dict[object, tuple[float, T]] = {}

    def get(self, key: object) -> T | None:
        at, value = self._known.get(key, (0.0, None))
        return value if value is not None and _now() - at < self._fresh else None

    def put(self, key: object, value: T) -> None:
        if len(self._known) > 10_000:
            self._known.clear()
        self._known[key] = (_now(), value)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _channel(row: dict[str, Any]) -> Channel:
    return Channel(
        name=channel_name(row.get("name")),
        is_private=not row.get("is_channel", False) or bool(row.get("is_private")),
        is_shared=bool(row.get("is_ext_shared")),
    )


def _person(row: dict[str, Any]) -> Person:
    return Person(
        is_manager=bool(row.get("is_admin") or row.get("is_owner")),
        is_guest=bool(row.get("is_restricted") or row.get("is_ultra_restricted")),
        locale=row.get("locale"),
    )
