"""The gateway client: hears Discord's events and passes them on, translated."""

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import discord
from discord import app_commands

from adapters.discord.commands import add_commands
from adapters.discord.deliveries import PAUSES, Deliveries
from adapters.discord.desk import FrontDesk
from adapters.discord.doctor import may_read_content
from adapters.discord.gaps import Gaps, serves
from adapters.discord.history import History
from adapters.discord.keeping import Keeping
from adapters.discord.leaving import purge_guild, purge_left
from adapters.discord.notices import Notices
from adapters.discord.places import Places
from adapters.discord.reactions import Reactions
from adapters.discord.sync import sync_if_changed
from adapters.discord.terms import KoreanNames
from adapters.discord.translate import (
    channel_ref,
    deletion_event,
    edit_event,
    message_event,
    place_of,
)
from adapters.discord.turns import take_turns
from adapters.discord.welcome import hall, is_joining, language_of, welcome
from bot.commands.dispatch import Commands
from bot.errors import BadSetting, MaeumError
from bot.events import MessageEvent
from bot.service import Bot
from bot.settings import Shards
from classifier.base import Language

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long the client waits for things, in seconds; tests are in a hurry."""

    guilds: float = 2.0  # for the next guild, before a shard counts as ready
    drain: float = 5.0  # for messages under way, when closing
    intent: float = 300.0  # between two looks whether the missing intent is on
    pauses: tuple[float, ...] = PAUSES  # before an event is handed in again


PACE = Pace()


def intents(*, content: bool) -> discord.Intents:
    """What the bot listens to: guilds and their messages, and nothing about members."""
    return discord.Intents(guilds=True, guild_messages=True, message_content=content)


class MaeumClient(discord.AutoShardedClient):
    """One session with Discord, of all shards or those given. Built anew after each fault."""

    def __init__(
        self,
        bot: Bot,
        commands: Commands,
        notices: Notices,
        *,
        content: bool = True,
        shards: Shards | None = None,
        gaps: dict[str, datetime] | None = None,
        language: Language = Language.KO,
        pace: Pace = PACE,
        ready: asyncio.Event | None = None,
    ) -> None:
        sharding: dict[str, Any] = {}
        if shards:
            sharding = {"shard_ids": list(shards.ids), "shard_count": shards.count}
        super().__init__(
            intents=intents(content=content),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,  # raw events need no cache of texts
            member_cache_flags=discord.MemberCacheFlags.none(),
            guild_ready_timeout=pace.guilds,
            **sharding,
        )
        take_turns(self)
        self.fault: MaeumError | None = None  # what ended it, where only the operator can mend it
        self._keep = Keeping(notices, pace.pauses)
        self.reactions = Reactions(self, bot, notices, self._keep, unauthorised=self._lose_token)
        self.deliveries = Deliveries(bot, self.reactions.carry_out, notices, pauses=pace.pauses)
        self.history = History(self, bot, self.deliveries, notices)
        self._bot = bot
        self._notices = notices
        self._places = Places(self)
        self._pace = pace
        self._shards = shards
        self._language = language
        self._gaps = Gaps(self, bot, self.history, self._keep, gaps or {})
        self._tasks: set[asyncio.Task[Any]] = set()
        self._welcomed: set[int] = set()
        self._settled_in = False
        self.ready = ready or asyncio.Event()  # every guild is known
        self._desk = FrontDesk(commands, notices)
        self.tree: app_commands.CommandTree[MaeumClient] = _Tree(self, self._desk)
        add_commands(self.tree, self._desk)

    async def setup_hook(self) -> None:
        """After the login, before the gateway."""
        await self.tree.set_translator(KoreanNames())
        try:
            await sync_if_changed(self.tree)
        except discord.HTTPException as error:
            self._notices.fault("sync", "commands were not registered (%s)", error.status)
        if not self.intents.message_content:
            self._start(self._await_intent(), "await intent")

    async def close(self) -> None:
        """End the session once the messages under way have been counted."""
        for task in self._tasks - {asyncio.current_task()}:
            task.cancel()
        await self.deliveries.close(self._pace.drain)
        await super().close()

    # Messages

    async def on_message(self, message: discord.Message) -> None:
        """A new message."""
        if message.guild is None:
            return
        place = place_of(message.channel) or await self._places.find(
            message.guild.id, message.channel.id
        )
        if place:
            await self.deliveries.deliver(message_event(message, place, own=self._own))

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """A changed message, whether discord.py knew it or not."""
        message = payload.message
        if payload.guild_id is None or not (message.content or self.intents.message_content):
            return  # without the intent every text looks empty: that is no edit
        place = await self._places.find(payload.guild_id, payload.channel_id)
        now = self._bot.clock.now()
        event = place and edit_event(message, place, own=self._own, now=now)
        if event:
            await self.deliveries.deliver(event)

    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        """A deleted message."""
        await self._forget(payload.guild_id, payload.channel_id, [payload.message_id])

    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        """Many deleted messages of one channel: a moderator's purge, a ban."""
        await self._forget(payload.guild_id, payload.channel_id, sorted(payload.message_ids))

    async def _forget(self, guild: int | None, channel: int, messages: list[int]) -> None:
        place = None if guild is None else await self._places.find(guild, channel)
        if place:
            events = [deletion_event(message, place) for message in messages]
            await asyncio.gather(*(self._delivered(event) for event in events))

    async def _delivered(self, event: MessageEvent) -> None:
        await self.deliveries.deliver(event)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """A button or a menu; commands go to the tree by themselves."""
        if interaction.type is discord.InteractionType.component:
            await self._desk.pressed(interaction)

    # Guilds

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """The bot was invited."""
        if guild.id in self._welcomed or not is_joining(guild, self._bot.clock.now()):
            return
        self._welcomed.add(guild.id)
        if channel := hall(guild):
            await channel.send(embed=welcome(language_of(guild, self._language)))

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """A guild's outage is over; at the start its gap is read with all of its shard's."""
        if self._settled_in:
            self._start(self._gaps.read(guild.shard_id, [guild]), f"catch up guild {guild.id}")

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The bot was removed: all that is known of the guild goes, once nothing is under way."""
        self._welcomed.discard(guild.id)
        await self.deliveries.settled(str(guild.id))
        await self._keep(lambda: purge_guild(self._bot.store, str(guild.id)))

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """A channel was deleted, with all its messages."""
        if place := place_of(channel):
            await self.deliveries.settled(str(channel.guild.id))
            await self._keep(lambda: self._bot.store.purge_channel(place.ref))

    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """A thread or forum post was deleted, with all its messages: no event tells of those."""
        await self.deliveries.settled(str(payload.guild_id))
        parent = channel_ref(payload.guild_id, payload.parent_id)
        await self._keep(lambda: self._bot.store.erase_thread(parent, str(payload.thread_id)))

    # The connection

    async def on_shard_disconnect(self, shard: int) -> None:
        """A connection was lost; a RESUME may bring all of it back."""
        self._gaps.lost(shard)

    async def on_shard_resumed(self, shard: int) -> None:
        """A connection is back, with every event it missed."""
        self._gaps.resumed(shard)

    async def on_shard_ready(self, shard: int) -> None:
        """A new session: what came between it and the last one has to be read."""
        guilds = [guild for guild in self.guilds if guild.shard_id == shard]
        logger.info("Discord: shard %s serves %s guilds", shard, len(guilds))
        self._start(self._catch_up(shard, guilds), f"catch up shard {shard}")

    async def _catch_up(self, shard: int, guilds: list[discord.Guild]) -> None:
        await self._gaps.note(shard, guilds)
        await self._gaps.read(shard, guilds)

    async def on_ready(self) -> None:
        """All shards are ready."""
        self.ready.set()
        if not self._settled_in:
            self._settled_in = True
            here = {str(guild.id) for guild in self.guilds}
            self._start(self._purge_left(here), "purge left guilds")

    async def _purge_left(self, here: set[str]) -> None:
        ours = partial(serves, self._shards)
        await self._keep(lambda: purge_left(self._bot.store, here, ours))

    async def _await_intent(self) -> None:
        """End the session when the operator has switched the missing intent on."""
        while True:
            await asyncio.sleep(self._pace.intent)
            try:
                application = await self.application_info()
            except (discord.HTTPException, OSError):
                continue
            if may_read_content(application.flags):
                logger.info("the message content intent is on: connecting again with it")
                await self.close()
                return

    def _lose_token(self) -> None:
        self.fault = refused_token()
        self._start(self.close(), "close without a token")

    async def on_error(self, event: str, /, *_: Any, **__: Any) -> None:
        """An event failed: its traceback once, never its content."""
        logger.exception("Discord's event %s was not handled", event)

    @property
    def _own(self) -> int:
        return self.user.id if self.user else 0

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=f"discord: {name}")
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            logger.error("%s failed", task.get_name(), exc_info=error)


class _Tree(app_commands.CommandTree[MaeumClient]):
    def __init__(self, client: MaeumClient, desk: FrontDesk) -> None:
        super().__init__(client)
        self._desk = desk

    async def on_error(
        self,
        interaction: discord.Interaction[MaeumClient],
        error: app_commands.AppCommandError,
        /,
    ) -> None:
        await self._desk.apologise(interaction, error)


def refused_token() -> MaeumError:
    """What the operator is told when Discord does not take the token."""
    return BadSetting(
        "Discord refuses DISCORD_BOT_TOKEN; copy a new one from "
        "https://discord.com/developers/applications -> Bot -> Reset Token"
    )
