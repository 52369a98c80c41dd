"""Discord as a platform: serves, examines itself, registers commands, reads history."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import aiohttp
import discord
from discord import app_commands

from adapters.base import Finding, Progress, supervised
from adapters.discord.client import PACE, MaeumClient, Pace, refused_token
from adapters.discord.commands import add_commands
from adapters.discord.desk import FrontDesk
from adapters.discord.doctor import (
    examine_channels,
    examine_intent,
    examine_invite,
    may_read_content,
    rooms,
)
from adapters.discord.face import face
from adapters.discord.gaps import begin_gaps
from adapters.discord.notices import Notices
from adapters.discord.posting import speaking_place
from adapters.discord.sync import is_current, sync
from adapters.discord.terms import KoreanNames
from bot.commands.dispatch import Commands
from bot.errors import BadSetting, MaeumError
from bot.events import ChannelRef, Platform, Reply
from bot.locale import text
from bot.service import Bot
from bot.settings import Shards
from classifier.base import Language

logger = logging.getLogger(__name__)

# discord.com/developers/docs/topics/opcodes-and-status-codes#gateway
_TOKEN_REFUSED, _NOT_THESE_SHARDS = 4004, (4010, 4011)
_EXAMINED = 50  # guilds; each takes four requests
_NO_INTENT = (
    "Discord withholds the text of messages: switch on MESSAGE CONTENT INTENT at "
    "https://discord.com/developers/applications -> Bot. Until then only commands and message "
    "menus work; it is noticed by itself"
)


class DiscordAdapter:
    """Serves every guild the bot is in; a new session is begun after each fault."""

    platform = Platform.DISCORD

    def __init__(
        self,
        token: str,
        bot: Bot,
        commands: Commands,
        *,
        shards: Shards | None = None,
        language: Language = Language.KO,
        pace: Pace = PACE,
    ) -> None:
        if not token.isascii() or len(token.split()) != 1:
            raise BadSetting("DISCORD_BOT_TOKEN is not a token; copy it whole, on one line")
        self._token = token.strip()
        self._bot = bot
        self._commands = commands
        self._shards = shards
        self._language = language
        self._pace = pace
        self._notices = Notices()
        self._content = True  # until Discord says otherwise
        self.client: MaeumClient | None = None  # of the present session
        self.ready = asyncio.Event()  # set once a session is ready

    async def run(self) -> None:
        """Serve until cancelled. Raises BadSetting for a token that Discord refuses."""
        # At DEBUG discord.py logs whole events, with people's words in them.
        library = logging.getLogger("discord")
        library.setLevel(max(logging.INFO, logger.getEffectiveLevel()))
        await supervised("Discord", self._session)

    async def _session(self) -> None:
        """One login and what follows, to its end."""
        gaps = await begin_gaps(self._bot.store, self._shards)
        async with MaeumClient(
            self._bot,
            self._commands,
            self._notices,
            content=self._content,
            shards=self._shards,
            gaps=gaps,
            language=self._language,
            pace=self._pace,
            ready=self.ready,
        ) as client:
            await self._login(client)
            application = client.application
            if self._content and application and not may_read_content(application.flags):
                self._lack_intent()
                return
            if self._content:
                self._notices.over("intent", "Discord sends the text of messages")
            self.client = client
            # The next session asks for the text again, should the intent be on by then.
            self._content = True
            await self._connect(client)

    async def _login(self, client: discord.Client) -> None:
        try:
            await client.login(self._token)
        except discord.LoginFailure:
            raise refused_token() from None

    async def _connect(self, client: MaeumClient) -> None:
        try:
            await client.connect()
        except discord.PrivilegedIntentsRequired:
            self._lack_intent()
        except discord.ConnectionClosed as closed:
            if closed.code == _TOKEN_REFUSED:
                raise refused_token() from None
            if closed.code in _NOT_THESE_SHARDS:
                raise BadSetting(
                    f"Discord refuses these shards ({closed.code}); correct or empty "
                    "MAEUM_DISCORD_SHARDS, and give it more shards when guilds have grown"
                ) from None
            raise
        if client.fault:
            raise client.fault

    def _lack_intent(self) -> None:
        self._content = False
        self._notices.fault("intent", _NO_INTENT)

    def reaches(self, channel: ChannelRef) -> bool:
        """Whether this process serves `channel` and may post in it now."""
        return self.client is not None and speaking_place(self.client, channel) is not None

    async def post(self, channel: ChannelRef, reply: Reply) -> None:
        """Show `reply` to everybody in `channel`.

        Discord shows one of several messages with a nonce, for some minutes, so that what failed
        on its way back may be sent again (discord.com/developers/docs/resources/message).
        """
        place = speaking_place(self.client, channel) if self.client else None
        if place is None:
            raise MaeumError(f"Discord's channel {channel.channel} cannot be posted in now.")
        language = (await self._bot.preferences(channel)).locale
        message = face(reply, language)
        if reply.once:
            message["nonce"] = reply.once
        await place.send(**message)

    async def backfill(self, days: int, progress: Progress | None = None) -> None:
        """Count the history of all channels, beside serving them: it waits for `run`."""
        await self.ready.wait()
        assert self.client is not None
        since = self._bot.clock.now() - timedelta(days=days)
        await self.client.history.backfill(since, progress or _untold)

    async def sync(self, guild: int | None = None) -> list[Finding]:
        """Register the commands, everywhere or in one guild."""
        async with self._visitor() as (_, tree):
            try:
                count = await sync(tree, guild)
            except discord.Forbidden:
                raise BadSetting(
                    f"Discord refuses commands in guild {guild}; invite the bot with the scope "
                    "applications.commands (maeum doctor prints the link)"
                ) from None
        where = "everywhere" if guild is None else f"in guild {guild}"
        return [Finding(ok=True, what=f"Discord: {count} commands registered {where}")]

    async def examine(self) -> list[Finding]:
        """Token, intent, commands, invite link, and what is missing in which guild."""
        say = self._language
        async with self._visitor() as (client, tree):
            assert client.user is not None
            assert client.application is not None
            application = client.application
            findings = [
                Finding(ok=True, what=text("discord.token", say, name=str(client.user))),
                examine_intent(application.flags, say),
                await self._examine_commands(tree),
            ]
            if application.interactions_endpoint_url:
                findings.append(
                    Finding(
                        ok=False,
                        what=text("discord.endpoint", say),
                        mend=text("discord.endpoint_mend", say),
                    )
                )
            guilds = [guild async for guild in client.fetch_guilds(limit=_EXAMINED)]
            for guild in guilds:
                findings += await self._examine_guild(client, guild.id)
            if not guilds:
                findings.append(
                    Finding(
                        ok=False,
                        what=text("discord.no_guild", say),
                        mend=text("discord.no_guild_mend", say),
                    )
                )
            return [*findings, examine_invite(application.id, say)]

    async def _examine_commands(self, tree: app_commands.CommandTree[discord.Client]) -> Finding:
        say = self._language
        if await is_current(tree):
            return Finding(ok=True, what=text("discord.commands", say))
        return Finding(
            ok=False,
            what=text("discord.no_commands", say),
            mend=text("discord.no_commands_mend", say),
        )

    async def _examine_guild(self, client: discord.Client, guild_id: int) -> list[Finding]:
        assert client.user is not None
        guild = await client.fetch_guild(guild_id, with_counts=False)
        me = await guild.fetch_member(client.user.id)
        channels = rooms(await guild.fetch_channels())
        return examine_channels(guild.name, channels, me, self._language)

    @asynccontextmanager
    async def _visitor(
        self,
    ) -> AsyncIterator[tuple[discord.Client, app_commands.CommandTree[discord.Client]]]:
        """A client that logs in and asks, without a gateway session."""
        async with discord.Client(intents=discord.Intents.none()) as client:
            try:
                await self._login(client)
                tree = app_commands.CommandTree(client)
                await tree.set_translator(KoreanNames())
                add_commands(tree, FrontDesk(self._commands, self._notices))
                yield client, tree
            except (aiohttp.ClientConnectionError, discord.DiscordServerError) as error:
                raise BadSetting(
                    f"Discord cannot be reached ({type(error).__name__}); check the network, and "
                    "https://discordstatus.com"
                ) from None


def _untold(done: int, known: int) -> None:
    """Nobody watches the progress."""
