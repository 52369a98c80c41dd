"""History: messages from before the bot came, counted and never reacted to. For internal apps.

Apps that are distributed outside their own organisation may read one page a minute (Slack's terms
of May 2025), so this is offered with a single bot token only.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

from adapters.base import Progress
from adapters.slack.calls import Calls
from adapters.slack.directory import Channel, Directory
from adapters.slack.inbox import Inbox
from adapters.slack.pace import READ_HISTORY
from adapters.slack.translate import Payload, Untranslatable, history_event, stamp
from bot.events import ChannelRef
from bot.service import Bot

logger = logging.getLogger(__name__)

_PAGE = 200  # what Slack recommends at most
_DONE = "done"


class Backfill:
    """Reads channels backwards from where it stopped last, page by page, threads included.

    The place is kept after each page's messages are, so that an interruption costs one page, and
    the store counts that page's messages once.
    """

    def __init__(self, bot: Bot, calls: Calls, directory: Directory, inbox: Inbox) -> None:
        self._bot = bot
        self._calls = calls
        self._directory = directory
        self._inbox = inbox

    async def run(self, team: str, days: int, progress: Progress | None = None) -> int:
        """Read the last `days` days of every channel the app is in; how many messages."""
        since = self._bot.clock.now() - timedelta(days=days)
        read = 0
        channels = await self._directory.joined(team) or []
        for number, (channel, known) in enumerate(channels, start=1):
            read += await self._channel(channel, known, since)
            if progress:
                progress(number, len(channels))
        logger.info("slack: %s messages read from history", read)
        return read

    async def _channel(self, channel: ChannelRef, known: Channel, since: datetime) -> int:
        latest = await self._begin(channel, since)
        if latest == _DONE:
            return 0
        read = 0
        while True:
            page = await self._page(channel, since, latest)
            if page is None:
                logger.warning("slack: the history of a channel ends early; it goes on next time")
                return read
            rows: list[Payload] = page["messages"]
            for row in list(rows):
                if row.get("reply_count"):
                    rows += await self._replies(channel, row, since)
            read += await self._count(channel, known, rows, since)
            if not page.get("has_more") or not page["messages"]:
                await self._inbox.until_kept(
                    lambda: self._bot.store.note_history(channel, since, _DONE)
                )
                return read
            latest = min(str(row["ts"]) for row in page["messages"] if "reply_to" not in row)
            place = latest
            await self._inbox.until_kept(
                lambda place=place: self._bot.store.note_history(  # type: ignore[misc]
                    channel, since, place
                )
            )

    async def _begin(self, channel: ChannelRef, since: datetime) -> str:
        """Where to read on; the store tells what an earlier run reached."""
        known = await self._bot.store.history(channel)
        if known is None:
            return ""
        reached, place = known
        if place != _DONE:
            return place
        # Read before, but perhaps not as far back as is wanted now.
        return _DONE if reached <= since + timedelta(days=1) else stamp(reached)

    async def _page(self, channel: ChannelRef, since: datetime, latest: str) -> Any:
        return await self._calls(
            "conversations.history",
            READ_HISTORY,
            channel.workspace,
            lambda client: client.conversations_history(
                channel=channel.channel,
                oldest=stamp(since),
                latest=latest or None,
                limit=_PAGE,
            ),
        )

    async def _replies(
        self, channel: ChannelRef, parent: Payload, since: datetime
    ) -> list[Payload]:
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

    async def _count(
        self, channel: ChannelRef, known: Channel, rows: list[Payload], since: datetime
    ) -> int:
        tasks = []
        for row in rows:
            try:
                event = history_event(row, channel, shared=known.is_shared)
            except Untranslatable:
                continue
            if event.sent_at >= since:
                tasks.append(self._inbox.put(event))
        for task in tasks:
            await task
        return len(tasks)
