"""What the bot says of its own accord: once, to whom it can be said, and again if that failed."""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, TypeAlias, runtime_checkable

from bot.events import ChannelRef, Platform, Reply
from bot.service import Bot

logger = logging.getLogger(__name__)

# After the first and the second failure; a third gives the post up.
_PAUSES = (timedelta(minutes=1), timedelta(minutes=5))
_PATIENCE = 180.0  # seconds for making and sending one; below the store's LEASE


@runtime_checkable
class Speaker(Protocol):
    """The part of an adapter that posts where nobody asked."""

    def reaches(self, channel: ChannelRef) -> bool:
        """Whether this process can post in `channel` now; another one may where it cannot."""
        ...

    async def post(self, channel: ChannelRef, reply: Reply) -> None:
        """Show `reply` to everybody in `channel`; returns when the platform has taken it."""
        ...


Speakers: TypeAlias = Mapping[Platform, Speaker]


class Kind(StrEnum):
    """What a post is."""

    DIGEST = "digest"
    SHIFT = "shift"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Something to say about a channel, at a moment, in a channel."""

    kind: Kind
    about: ChannelRef
    where: ChannelRef
    plan: str  # a post of another plan is another post
    due: datetime
    begin: bool  # whether a plan first seen begins with this very post
    apart: timedelta = timedelta()  # at least so long after the one before

    @property
    def mark(self) -> str:
        """What tells a second sending of this post from another post."""
        what = repr((self.kind, self.about, self.plan, self.due))
        return hashlib.blake2b(what.encode(), digest_size=12).hexdigest()


async def say(
    bot: Bot,
    speakers: Speakers,
    post: Post,
    compose: Callable[[], Awaitable[Reply | None]],
) -> bool:
    """Say what `compose` gives, if that is due, unclaimed and anything at all; whether it was.

    Composing comes after claiming: a post that is not ours costs nothing.
    """
    speaker = speakers.get(post.where.platform)
    if speaker is None or not _reaches(speaker, post.where):
        return False
    now = bot.clock.now()
    failures = await bot.store.claim_post(
        post.about,
        post.kind,
        plan=post.plan,
        due=post.due,
        now=now,
        begin=post.begin,
        apart=post.apart,
    )
    if failures is None:
        return False
    if failures > len(_PAUSES):  # a process ended over it each time: the next may as well
        await bot.store.settle_post(post.about, post.kind)
        return False
    try:
        async with asyncio.timeout(_PATIENCE):
            reply = await compose()
            if reply is not None:
                await speaker.post(post.where, replace(reply, once=post.mark))
    except Exception as error:
        pause = _PAUSES[failures] if failures < len(_PAUSES) else None
        await bot.store.settle_post(
            post.about, post.kind, bot.clock.now() + pause if pause else None
        )
        rest = "it is tried again" if pause else "it is given up"
        logger.warning(
            "a %s could not be posted on %s (%s), %s",
            post.kind,
            post.where.platform,
            type(error).__name__,
            rest,
        )
        return False
    await bot.store.settle_post(post.about, post.kind)
    return reply is not None


def _reaches(speaker: Speaker, where: ChannelRef) -> bool:
    """Whether the post has a way; one channel that makes an adapter fail stops no other's."""
    try:
        return speaker.reaches(where)
    except Exception:
        logger.exception("nobody can tell whether a channel on %s can be reached", where.platform)
        return False
