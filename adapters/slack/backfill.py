"""History: messages from before the bot came, counted and never reacted to. For internal apps.

Apps that are distributed outside their own organisation may read one page a minute (Slack's terms
of May 2025), so this is offered with a single bot token only.
"""

import logging
from datetime import datetime, timedelta

from adapters.base import Progress
from adapters.slack.directory import Channel, Directory
from adapters.slack.history import History
from adapters.slack.inbox import Inbox
from adapters.slack.translate import Payload, moment, stamp
from bot.events import ChannelRef
from bot.service import Bot

logger = logging.getLogger(__name__)

_DAY = timedelta(days=1)


class Backfill:
    """Reads channels backwards from where it stopped last, page by page, threads included.

    The place is kept after each page's messages are, so that an interruption costs one page, and
    the store counts that page's messages once.
    """

    def __init__(self, bot: Bot, directory: Directory, history: History, inbox: Inbox) -> None:
        self._bot = bot
        self._directory = directory
        self._history = history
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
        """Read what was not read before; the store knows how far earlier runs came."""
        if not await self._history.is_wanted(channel):
            return 0
        began = stamp(self._bot.clock.now())
        before = await self._bot.store.history(channel)
        oldest, latest, read = since, began, 0
        if before is not None:
            reached, place = before
            last_began, latest = place.split(" ")
            # What was written since the last run, first: the bot may have been away.
            newer = await self._span(channel, known, moment(last_began), began, began="")
            if newer is None:
                return 0
            read += newer
            oldest = min(reached, since)
            if not latest and reached <= since + _DAY:
                await self._note(channel, reached, began, "")
                return read
            latest = latest or stamp(reached)
        older = await self._span(channel, known, oldest, latest, began=began)
        if older is not None:
            await self._note(channel, oldest, began, "")
        return read + (older or 0)

    async def _span(
        self, channel: ChannelRef, known: Channel, oldest: datetime, latest: str, *, began: str
    ) -> int | None:
        """Read from `latest` back to `oldest`; None when Slack ended it early.

        With `began` the place is noted after each page, so that the next run goes on there.
        """
        read = 0
        while True:
            page = await self._history.page(channel, oldest, latest)
            if page is None:
                logger.warning("slack: the history of a channel ends early; it goes on next time")
                return None
            rows: list[Payload] = list(page["messages"])
            for parent in page["messages"]:
                if parent.get("reply_count"):
                    rows += await self._history.replies(channel, parent, oldest)
            read += await self._history.count(channel, known, rows, oldest)
            if not page.get("has_more") or not page["messages"]:
                return read
            latest = min(str(row["ts"]) for row in page["messages"])
            if began:
                await self._note(channel, oldest, began, latest)

    async def _note(self, channel: ChannelRef, since: datetime, began: str, latest: str) -> None:
        """Keep when this run began and how far back it came; nothing for all the way."""
        place = f"{began} {latest}"
        await self._inbox.until_kept(lambda: self._bot.store.note_history(channel, since, place))
