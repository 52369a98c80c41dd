"""Outcomes of the core as calls: reactions added and taken back, replies under a message."""

import asyncio
import logging
from contextlib import suppress

from adapters.slack.calls import Calls
from adapters.slack.face import escape
from adapters.slack.inbox import Inbox
from adapters.slack.pace import ADD_REACTION, POST_MESSAGE, REMOVE_REACTION
from bot.events import MessageEvent, MessageRef, Outcome, Reaction
from bot.policy import STALE_AFTER
from bot.service import Bot

logger = logging.getLogger(__name__)

_PATIENCE = 30.0  # seconds; a reaction that would come later puzzles more than it tells


class Outgoing:
    """Carries out what the core decided for a message."""

    def __init__(self, bot: Bot, calls: Calls) -> None:
        self._bot = bot
        self._calls = calls

    async def carry_out(self, event: MessageEvent, outcome: Outcome, inbox: Inbox) -> None:
        """React, take back, reply; what was really put on the message is kept."""
        ref = event.ref
        if outcome.retract:
            # A reaction that cannot be taken back stays known, so that a next edit tries again.
            if not await self._remove(ref, outcome.retract):
                return
            await inbox.until_kept(lambda: self._bot.reacted(ref, None))
        if (reaction := outcome.reaction) and await self._add(event, reaction):
            await inbox.until_kept(lambda: self._bot.reacted(ref, reaction))
        if outcome.reply:
            await self._say(event, outcome.reply)

    async def _add(self, event: MessageEvent, reaction: Reaction) -> bool:
        """Whether the reaction is there; not when turns and rate limits outlast its moment."""
        ref = event.ref
        left = (STALE_AFTER - (self._bot.clock.now() - event.revised_at)).total_seconds()
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, left)):
                return bool(
                    await self._calls(
                        "reactions.add",
                        ADD_REACTION,
                        ref.channel.workspace,
                        lambda client: client.reactions_add(
                            channel=ref.channel.channel, timestamp=ref.message, name=reaction.slack
                        ),
                        patience=min(_PATIENCE, left),
                    )
                )
        return False

    async def _remove(self, ref: MessageRef, reaction: Reaction) -> bool:
        return bool(
            await self._calls(
                "reactions.remove",
                REMOVE_REACTION,
                ref.channel.workspace,
                lambda client: client.reactions_remove(
                    channel=ref.channel.channel, timestamp=ref.message, name=reaction.slack
                ),
            )
        )

    async def _say(self, event: MessageEvent, words: str) -> None:
        channel = event.ref.channel
        await self._calls(
            "chat.postMessage",
            POST_MESSAGE,
            channel.workspace,
            lambda client: client.chat_postMessage(
                channel=channel.channel,
                thread_ts=event.thread or event.ref.message,
                text=escape(words),
                unfurl_links=False,
            ),
            key=channel.channel,
            patience=_PATIENCE,
        )
