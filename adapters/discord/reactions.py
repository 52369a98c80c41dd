"""Carries outcomes out on Discord: reactions put on and taken back, replies in words."""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

import aiohttp
import discord

from adapters.discord.keeping import Keeping
from adapters.discord.notices import Notices
from adapters.discord.permits import PUT, SAY, SAY_IN_THREAD, TAKE, granted
from bot.events import MessageEvent, Outcome
from bot.policy import STALE_AFTER
from bot.service import Bot

# discord.com/developers/docs/topics/opcodes-and-status-codes#json
_UNKNOWN_EMOJI = 10014
_THREAD_ARCHIVED = 50083
_AUTHOR_BLOCKED_US = 90001

_REMEMBERED = 1_000  # refusals
_PAUSE = 60.0  # seconds, when Discord does not say how long

Refusal = tuple[str, int, int]
Room = discord.abc.GuildChannel | discord.Thread


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """A message to act on, and what the bot may do there."""

    event: MessageEvent
    message: discord.PartialMessage
    channel: Room
    can: discord.Permissions

    @property
    def by_author(self) -> Refusal:
        return ("author", self.channel.guild.id, int(self.event.author))

    @property
    def by_thread(self) -> Refusal:
        """The thread until it is opened again (or archived): then it has another time."""
        changed = 0
        if isinstance(self.channel, discord.Thread):
            changed = int(self.channel.archive_timestamp.timestamp() * 1000)
        return ("thread", self.channel.id, changed)

    @property
    def by_channel(self) -> Refusal:
        """The channel as it is now: with other permissions it is worth another try."""
        return ("channel", self.channel.id, self.can.value)

    @property
    def to_say(self) -> discord.Permissions:
        """What an answer needs here."""
        return SAY_IN_THREAD if isinstance(self.channel, discord.Thread) else SAY


class Reactions:
    """Shows what the core decided. Nothing that Discord refuses is tried again as it was.

    Ten thousand refused requests in ten minutes ban the address, so permissions are looked at
    first, and a 403 is remembered until they change.
    """

    def __init__(
        self,
        client: discord.Client,
        bot: Bot,
        notices: Notices,
        keep: Keeping,
        *,
        unauthorised: Callable[[], None],
    ) -> None:
        self._client = client
        self._bot = bot
        self._notices = notices
        self._keep = keep
        self._unauthorised = unauthorised
        self._refused: OrderedDict[Refusal, None] = OrderedDict()
        self._paused_until = 0.0  # by the loop's clock
        self.counts: Counter[str] = Counter()  # by what became of each request

    async def carry_out(self, event: MessageEvent, outcome: Outcome) -> None:
        """Put, take away or say what `outcome` asks for, as far as Discord lets us."""
        if not (outcome.reaction or outcome.retract or outcome.reply):
            return
        target = self._target(event)
        if target is None:
            self.counts["nowhere"] += 1
            return
        message = target.message
        shown = outcome.retract
        if old := outcome.retract:
            me = cast(discord.ClientUser, self._client.user)
            if await self._tried(target, TAKE, lambda: message.remove_reaction(old.emoji, me)):
                shown = None
        new = outcome.reaction if shown is None else None
        if new and await self._tried(target, PUT, lambda: message.add_reaction(new.emoji)):
            shown = new
        if shown != outcome.retract:
            await self._keep(lambda: self._bot.reacted(event.ref, shown))
        if words := outcome.reply:
            await self._tried(target, target.to_say, lambda: message.reply(words))

    def _target(self, event: MessageEvent) -> _Target | None:
        guild = self._client.get_guild(int(event.ref.channel.workspace))
        if guild is None:
            return None
        channel = guild.get_channel_or_thread(int(event.thread or event.ref.channel.channel))
        if channel is None or isinstance(channel, discord.CategoryChannel | discord.ForumChannel):
            return None
        return _Target(
            event=event,
            message=channel.get_partial_message(int(event.ref.message)),
            channel=channel,
            can=granted(channel),
        )

    async def _tried(
        self,
        target: _Target,
        needs: discord.Permissions,
        request: Callable[[], Awaitable[object]],
    ) -> bool:
        """Whether `request` was carried out; every way it was not is counted and named once."""
        left = STALE_AFTER - (self._bot.clock.now() - target.event.revised_at)
        if not needs <= target.can:
            return self._failed("not_permitted")
        if not self._refused.keys().isdisjoint(
            (target.by_author, target.by_thread, target.by_channel)
        ):
            return self._failed("refused_before")
        if left <= timedelta() or asyncio.get_running_loop().time() < self._paused_until:
            return self._failed("too_late")
        try:
            # The queue of a rate limit must not outlast the moment the reaction is good for.
            await asyncio.wait_for(request(), timeout=left.total_seconds())
        except TimeoutError:
            return self._failed("too_late")
        except discord.HTTPException as error:
            if needs is TAKE and error.code == _UNKNOWN_EMOJI:
                return True  # a moderator was faster: it is not there any more
            self._refused_by(error, target)
            return self._failed(str(error.code or error.status))
        except (OSError, aiohttp.ClientError) as error:
            self._notices.fault("network", "Discord cannot be reached: %s", type(error).__name__)
            return self._failed("network")
        self._notices.over("network", "Discord can be reached again")
        self._notices.over("server", "Discord's servers answer again")
        self._notices.over("pause", "Discord's pause is over")
        self.counts["done"] += 1
        return True

    def _refused_by(self, error: discord.HTTPException, target: _Target) -> None:
        if error.status == 401:
            self._unauthorised()
        elif error.status == 429:
            # discord.py waits out a bucket's limits by itself. This one came from the proxy
            # before Discord (it has no Via header) and means the whole address.
            pause = _retry_after(error)
            self._paused_until = asyncio.get_running_loop().time() + pause
            self._notices.fault(
                "pause", "Discord asks for a pause of %.0f s: no reactions until then", pause
            )
        elif error.status == 403:
            self._remember_refusal(error, target)
        elif error.status >= 500:
            self._notices.fault("server", "Discord's servers fail (%s)", error.status)
        else:  # the message or the emoji is gone, or it has twenty reactions: nobody's fault
            self._notices.fault(
                error.code, "a reaction was not taken (%s: %s)", error.code, error.text
            )

    def _remember_refusal(self, error: discord.HTTPException, target: _Target) -> None:
        refusal = target.by_channel
        if error.code == _AUTHOR_BLOCKED_US:
            refusal = target.by_author
        elif error.code == _THREAD_ARCHIVED:
            refusal = target.by_thread
        else:
            self._notices.fault(
                refusal,
                "Discord refuses reactions in channel %s (%s: %s); look at its permissions",
                target.channel.id,
                error.code,
                error.text,
            )
        self._refused[refusal] = None
        if len(self._refused) > _REMEMBERED:
            self._refused.popitem(last=False)

    def _failed(self, why: str) -> bool:
        self.counts[why] += 1
        return False


def _retry_after(error: discord.HTTPException) -> float:
    try:
        return float(error.response.headers["Retry-After"])
    except (KeyError, ValueError):
        return _PAUSE
