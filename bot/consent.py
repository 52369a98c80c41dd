"""Whose messages may be counted, and what a person may do with their own data."""

import json
from collections.abc import AsyncIterator

from bot.events import ChannelRef, Rule
from bot.identity import Pseudonyms
from bot.observations import Correction, Observation
from bot.preferences import ConsentMode
from bot.storage import Choice, MoodStore


class Consent:
    """Asks and keeps people's choices; a person is known here only by pseudonym."""

    def __init__(self, store: MoodStore, pseudonyms: Pseudonyms) -> None:
        self._store = store
        self._pseudonyms = pseudonyms

    async def refusal(
        self,
        channel: ChannelRef,
        author: str,
        mode: ConsentMode,
        *,
        ignored: tuple[str, ...] = (),
    ) -> Rule | None:
        """The rule that keeps this author's messages out, or None where they may be counted."""
        if ignored and self.pseudonym(channel, author) in ignored:
            return Rule.IGNORED_USER
        choice = await self.choice(channel, author)
        if choice is Choice.OUT:
            return Rule.OPTED_OUT
        if mode is ConsentMode.OPT_IN and choice is None:
            return Rule.NOT_OPTED_IN
        return None

    async def choice(self, channel: ChannelRef, author: str) -> Choice | None:
        """What this person chose in this workspace, if they ever chose."""
        return await self._store.consent(
            channel.platform, channel.workspace, self._pseudonyms.author(channel, author)
        )

    def pseudonym(self, channel: ChannelRef, author: str) -> str:
        """What a setting keeps of a person."""
        return self._pseudonyms.author(channel, author).hex()

    async def opt_out(self, channel: ChannelRef, author: str) -> int:
        """Count this person no more, and forget what was counted: how many messages."""
        await self._choose(channel, author, Choice.OUT)
        return await self.delete(channel, author)

    async def opt_in(self, channel: ChannelRef, author: str) -> None:
        """Count this person's messages from now on."""
        await self._choose(channel, author, Choice.IN)

    async def _choose(self, channel: ChannelRef, author: str, choice: Choice) -> None:
        pseudonym = self._pseudonyms.author(channel, author)
        await self._store.set_consent(channel.platform, channel.workspace, pseudonym, choice)

    async def delete(self, channel: ChannelRef, author: str) -> int:
        """Forget what was counted of this person in this workspace: how many messages."""
        pseudonym = self._pseudonyms.author(channel, author)
        return await self._store.erase(channel.platform, channel.workspace, pseudonym)

    async def export(self, channel: ChannelRef, author: str) -> bytes:
        """All that is kept of this person in this workspace, as JSON."""
        document = {
            "platform": channel.platform,
            "workspace": channel.workspace,
            "consent": await self.choice(channel, author),
            "messages": [_exported(row) async for row in self.observations(channel, author)],
            "corrections": [
                _exported_correction(row, self._pseudonyms.author(channel, author))
                for row in await self.corrections(channel, author)
            ],
        }
        return json.dumps(document, ensure_ascii=False, indent=1).encode()

    def observations(self, channel: ChannelRef, author: str) -> AsyncIterator[Observation]:
        """A person's observations in this workspace, newest first."""
        pseudonym = self._pseudonyms.author(channel, author)
        return self._store.observations_of(channel.platform, channel.workspace, pseudonym)

    async def corrections(self, channel: ChannelRef, author: str) -> list[Correction]:
        """What a person corrected in this workspace, and what was corrected of theirs."""
        pseudonym = self._pseudonyms.author(channel, author)
        return await self._store.corrections_of(channel.platform, channel.workspace, pseudonym)


def _exported(row: Observation) -> dict[str, object]:
    return {
        "channel": row.ref.channel.channel,
        "thread": row.thread,
        "message": row.ref.message,
        "sent_at": row.sent_at.isoformat(),
        "revised_at": row.revised_at.isoformat(),
        "label_set": row.label_set,
        "label": row.label,
        "score": round(row.score, 4),
        "model": row.revision,
        "reaction": row.reaction.emoji if row.reaction else None,
    }


def _exported_correction(row: Correction, person: bytes) -> dict[str, object]:
    """A correction as one of its two people sees it: the text only if it is their own."""
    return {
        "channel": row.channel.channel,
        "at": row.at.isoformat(),
        "label_set": row.label_set,
        "label": row.given,
        "meant": row.meant,
        "model": row.revision,
        "sent_by_me": row.corrector == person,
        "of_my_message": row.author == person,
        "text": row.text if row.author == person else None,
    }
