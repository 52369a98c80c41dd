"""`MoodStore`: what the rest of the bot knows of the database."""

import sqlite3
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from bot.clock import Clock
from bot.events import ChannelRef, MessageRef, Platform, Reaction
from bot.identity import Pseudonyms
from bot.observations import Change, Correction, Observation
from bot.storage import choices, corrections, installations, posts, removal, schema
from bot.storage.choices import Choice, Level
from bot.storage.connection import (
    Connection,
    connect,
    empty_journal,
    make_reader,
    make_writer,
    write_ahead,
)
from bot.storage.failures import told
from bot.storage.fold import Put, React, Remove
from bot.storage.overviews import Overviews
from bot.storage.writer import Work, Writer

T = TypeVar("T")

_PATIENCE = 5.0  # seconds to wait for another process's lock


class MoodStore(Overviews):
    """Keeps observations with their hourly buckets, preferences and consent.

    A write returns when it is on disk; a failed one raises StorageError and has done nothing.
    """

    def __init__(self, writer: Writer, reading: Connection, path: Path, clock: Clock) -> None:
        super().__init__(reading, path)
        self._writer = writer
        self._clock = clock

    @classmethod
    @asynccontextmanager
    async def open(
        cls, path: Path, pseudonyms: Pseudonyms, *, clock: Clock, patience: float = _PATIENCE
    ) -> AsyncIterator["MoodStore"]:
        """The store at `path`, made or migrated as needed; closing commits what waits."""
        async with AsyncExitStack() as stack:
            with told(path):
                schema.recognise(path)
                writing = await stack.enter_async_context(connect(path, patience=patience))
                await writing.run(partial(_prepare, path, pseudonyms.fingerprint()))
                reading = await stack.enter_async_context(connect(path, patience=patience))
                await reading.run(make_reader)
            writer = Writer(writing, path, pseudonyms, clock)
            stack.push_async_callback(writer.close)
            yield cls(writer, reading, path, clock)

    # Messages

    async def record(self, observation: Observation, *, channel_name: str | None = None) -> Change:
        """Count a message, or count it anew after an edit."""
        [change] = await self._writer.fold([Put(observation, channel_name)])
        return change

    async def record_many(self, observations: Iterable[Observation]) -> list[Change]:
        """Count many messages in one transaction (history, a replay)."""
        return await self._writer.fold([Put(observation) for observation in observations])

    async def remove(self, ref: MessageRef) -> Change:
        """Uncount a deleted message, for good."""
        [change] = await self._writer.fold([Remove(ref)])
        return change

    async def reacted(self, ref: MessageRef, reaction: Reaction | None) -> None:
        """Note the bot's reaction on a message, or with None that it was taken away."""
        await self._writer.fold([React(ref, reaction)])

    # Corrections

    async def correct(self, row: Correction, *, channel_name: str | None = None) -> bool:
        """Keep a correction; False where its message is gone or somebody in it opted out."""
        return await self._writer.work(lambda batch: corrections.keep(batch, row, channel_name))

    async def forget_texts(
        self, platform: Platform, workspace: str, *, but_opted_in: bool = False
    ) -> None:
        """Take the texts out of a workspace's corrections, or only those of who did not opt in."""
        await self._forget(
            lambda batch: corrections.forget_texts(
                batch.db, platform, workspace, but_opted_in=but_opted_in
            )
        )

    # Preferences and consent

    async def set_preference(
        self,
        platform: Platform,
        workspace: str,
        level: Level,
        target: str,
        key: str,
        value: str | None,
    ) -> None:
        """Keep what a workspace decided, or with None forget it.

        `target` is the channel's or the category's id; a workspace has none.
        """
        place = (level, target)
        await self._writer.work(
            lambda batch: choices.set_preference(batch.db, platform, workspace, place, key, value)
        )

    async def set_consent(
        self, platform: Platform, workspace: str, author: bytes, choice: Choice | None
    ) -> None:
        """Keep a person's choice, or with None forget it."""
        at = self._clock.now()
        await self._writer.work(
            lambda batch: choices.set_consent(batch.db, platform, workspace, author, choice, at)
        )

    # Installations and history

    async def keep_installation(self, platform: Platform, workspace: str, sealed: bytes) -> None:
        """Keep a workspace's sealed token; it goes when the workspace is purged."""
        await self._writer.work(
            lambda batch: installations.keep_installation(batch.db, platform, workspace, sealed)
        )

    async def note_history(self, channel: ChannelRef, since: datetime, place: str) -> None:
        """Keep how far the reading of a channel's history back to `since` has come."""
        await self._writer.work(
            lambda batch: installations.note_history(batch.db, channel, since, place)
        )

    async def note_gaps(self, platform: Platform, since: Mapping[str, datetime]) -> None:
        """Keep since when workspaces were not listened to, until the gap is closed."""
        await self._writer.work(lambda batch: installations.note_gaps(batch.db, platform, since))

    async def close_gap(self, platform: Platform, workspace: str) -> None:
        """Forget a gap, of which all has been read."""
        await self._writer.work(
            lambda batch: installations.close_gap(batch.db, platform, workspace)
        )

    # Posts

    async def claim_post(
        self,
        channel: ChannelRef,
        kind: str,
        *,
        plan: str,
        due: datetime,
        now: datetime,
        begin: bool,
        apart: timedelta = timedelta(),
    ) -> int | None:
        """Take a post for sending; how often it failed so far, None where it is not to be sent."""
        return await self._writer.work(
            lambda batch: posts.claim(
                batch.db, channel, kind, plan=plan, due=due, now=now, begin=begin, apart=apart
            )
        )

    async def settle_post(
        self, channel: ChannelRef, kind: str, retry_at: datetime | None = None
    ) -> None:
        """Keep that a claimed post is done with, or when it may be claimed again as it failed."""
        await self._writer.work(lambda batch: posts.settle(batch.db, channel, kind, retry_at))

    # Removal

    async def erase(self, platform: Platform, workspace: str, author: bytes) -> int:
        """Remove one person's observations for good; how many there were."""
        return await self._forget(lambda batch: removal.erase(batch, platform, workspace, author))

    async def erase_thread(self, channel: ChannelRef, thread: str) -> int:
        """Uncount the messages of a deleted thread, for good; how many there were."""
        return await self._forget(lambda batch: removal.erase_thread(batch, channel, thread))

    async def purge_workspace(self, platform: Platform, workspace: str) -> int:
        """Remove all known of a workspace but its members' opt-outs; how many observations."""
        return await self._forget(
            lambda batch: removal.purge_workspace(batch.db, platform, workspace)
        )

    async def purge_channel(self, channel: ChannelRef) -> int:
        """Remove all that is known of a channel; how many observations there were."""
        return await self._forget(lambda batch: removal.purge_channel(batch.db, channel))

    async def expire(self, platform: Platform, workspace: str, before: datetime) -> int:
        """Remove a workspace's observations of whole hours before `before`; how many there were.

        Their buckets stay. Messages from those hours are not counted again.
        """
        now = self._clock.now()
        return await self._forget(
            lambda batch: removal.expire(batch.db, platform, workspace, before, now)
        )

    async def _forget(self, work: Work[T]) -> T:
        """Do `work`, and leave nothing of what it removed in the journal."""
        result = await self._writer.work(work)
        with told(self._path):
            await self._db.run(empty_journal)
        return result


def _prepare(path: Path, fingerprint: bytes, db: sqlite3.Connection) -> None:
    make_writer(db)
    schema.migrate(db, path)
    schema.check_key(db, path, fingerprint)
    # Only now: a foreign file must not even change its journal mode.
    write_ahead(db)
