"""Reads channels' pasts: pages, threads, and what was written while the bot was away."""

import asyncio
import logging
from datetime import datetime
from typing import Any

from adapters.past import AT_ONCE, MOST, read_from
from adapters.slack.calls import Calls
from adapters.slack.directory import Channel, Directory
from adapters.slack.inbox import Inbox
from adapters.slack.pace import READ_HISTORY
from adapters.slack.translate import (
    Payload,
    Untranslatable,
    deletion_event,
    history_event,
    is_tombstone,
    stamp,
)
from bot.events import ChannelRef, MessageEvent
from bot.preferences import Mode
from bot.service import Bot

logger = logging.getLogger(__name__)

_PAGE = 200  # what Slack recommends at most


class History:
    """Hands past messages to the core. They count once, like any, and get no reaction."""

    def __init__(self, bot: Bot, calls: Calls, directory: Directory, inbox: Inbox) -> None:
        self._bot = bot
        self._calls = calls
        self._directory = directory
        self._inbox = inbox

    async def catch_up(self, team: str, since: datetime, until: datetime) -> int | None:
        """Read what was written in a gap, within bounds; how many messages.

        None when Slack does not tell the channels.
        """
        since = read_from(since, until)
        joined = await self._directory.joined(team)
        if joined is None:
            return None
        read = 0
        for channel, known in joined:
            if await self.is_wanted(channel):
                read += await self._missed(channel, known, since, until)
        return read

    async def is_wanted(self, channel: ChannelRef) -> bool:
        """Whether the gate would let in any message of a channel."""
        return (await self._bot.preferences(channel)).mode is not Mode.OFF

    async def page(self, channel: ChannelRef, since: datetime | None, latest: str) -> Any:
        """The newest messages before `latest`, back to `since` if given; None if refused."""
        return await self._calls(
            "conversations.history",
            READ_HISTORY,
            channel.workspace,
            lambda client: client.conversations_history(
                channel=channel.channel,
                oldest=stamp(since) if since else None,
                latest=latest,
                limit=_PAGE,
            ),
        )

    async def replies(self, channel: ChannelRef, parent: Payload, since: datetime) -> list[Payload]:
        """A thread's replies; those sent to the channel as well stand in its history too."""
        replies: list[Payload] = []
        cursor = ""
        while True:
            page = await self._calls(
                "conversations.replies",
                READ_HISTORY,
                channel.workspace,
                lambda client, cursor=cursor: client.conversations_replies(  # type: ignore[misc]
                    channel=channel.channel,
                    ts=parent["ts"],
                    oldest=stamp(since),
                    limit=_PAGE,
                    cursor=cursor,
                ),
            )
            if page is None:
                return replies
            replies += [row for row in page["messages"] if row.get("ts") != parent["ts"]]
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return replies

    async def count(
        self, channel: ChannelRef, known: Channel, rows: list[Payload], since: datetime
    ) -> int:
        """Hand the rows after `since` to the core; returns when all are dealt with."""
        room = asyncio.Semaphore(AT_ONCE)

        async def deal_with(event: MessageEvent) -> None:
            async with room:
                await self._inbox.put(event)

        events = []
        for row in rows:
            try:
                event = history_event(row, channel, shared=known.is_shared)
            except Untranslatable:
                continue
            if event.sent_at >= since:
                events.append(event)
        await asyncio.gather(*map(deal_with, events))
        return len(events)

    async def _missed(
        self, channel: ChannelRef, known: Channel, since: datetime, until: datetime
    ) -> int:
        """Read a channel newest first: of an absence too long to be read, its end matters most.

        The last page reaches further back, and so shows older threads that were answered since.
        What had been counted and is not there was deleted meanwhile.
        """
        counted = await self._counted(channel, since, until)
        read, oldest, latest = 0, stamp(since), stamp(until)
        while read < MOST:
            page = await self.page(channel, None, latest)
            if page is None:
                logger.warning("slack: what a channel missed was read only in part")
                return read
            rows: list[Payload] = list(page["messages"])
            for parent in page["messages"]:
                if str(parent.get("latest_reply") or "") >= oldest:
                    rows += await self.replies(channel, parent, since)
            read += await self.count(channel, known, rows, since)
            reached = min((str(row["ts"]) for row in page["messages"]), default=oldest)
            if not page.get("has_more"):
                reached = oldest
            there = {str(row["ts"]) for row in page["messages"] if not is_tombstone(row)}
            passed = [it for it in counted if max(reached, oldest) <= it < latest]
            for message in set(passed) - there:
                await self._inbox.put(deletion_event(channel, message, until))
            latest = reached
            if latest <= oldest:
                return read
        logger.warning("slack: a channel missed more than is read again")
        return read

    async def _counted(self, channel: ChannelRef, since: datetime, until: datetime) -> set[str]:
        """The counted messages that stand in a channel itself, and not in a thread of it."""
        pages = self._bot.store.observation_pages(channel, since, until)
        return {row.ref.message async for page in pages for row in page if row.thread is None}
