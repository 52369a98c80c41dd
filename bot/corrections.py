"""Corrections: what people say a message should have been read as, kept to learn from.

Off until a workspace asks for them. Discord forbids training models on message content without
its permission (support-dev.discord.com, Developer Policy), and Slack's API terms forbid apps used
beyond their own organisation long-term copies and the training of language models
(slack.com/terms-of-service/api). So texts are a choice of their own, told where it is made.
"""

from collections import OrderedDict
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.events import ChannelRef, MessageEvent, MessageRef
from bot.identity import Pseudonyms
from bot.observations import Correction
from bot.preferences import ConsentMode, CorrectionMode, Preferences
from bot.storage import MoodStore
from classifier.base import Label, Prediction

_OPEN = timedelta(minutes=15)  # as long as Discord lets an answer be changed
_MOST_OPEN = 1_000  # messages in memory that may be corrected


class Corrections:
    """Remembers for a while which messages may be corrected, and keeps the corrections."""

    def __init__(self, store: MoodStore, pseudonyms: Pseudonyms, clock: Clock) -> None:
        self._store = store
        self._pseudonyms = pseudonyms
        self._clock = clock
        self._open: OrderedDict[str, tuple[datetime, MessageEvent]] = OrderedDict()

    def open(self, event: MessageEvent) -> str:
        """Let `event` be corrected for a while; the ticket that whoever does so hands back."""
        ticket = self._ticket(event.ref)
        self._open[ticket] = (self._clock.now(), event)
        self._open.move_to_end(ticket)
        if len(self._open) > _MOST_OPEN:
            self._open.popitem(last=False)
        return ticket

    def find(self, ticket: str) -> MessageEvent | None:
        """The message of a ticket; None when it has been too long, or the message changed."""
        while self._open and self._is_over(next(iter(self._open.values()))[0]):
            self._open.popitem(last=False)
        found = self._open.get(ticket)
        return found[1] if found else None

    def close(self, ref: MessageRef) -> None:
        """Forget a message that was edited or deleted: nobody may correct its old words."""
        if self._open:
            self._open.pop(self._ticket(ref), None)

    async def keep(
        self,
        event: MessageEvent,
        prediction: Prediction,
        meant: Label,
        *,
        by: str,
        preferences: Preferences,
    ) -> bool:
        """Keep that `event` was meant as `meant`; False where that may not be kept any more.

        The text is kept as the model read it: without links, addresses and the ids of mentions.
        """
        channel = event.ref.channel
        return await self._store.correct(
            Correction(
                channel=channel,
                message=self._pseudonyms.message(event.ref),
                corrector=self._pseudonyms.author(channel, by),
                author=self._pseudonyms.author(channel, event.author),
                at=self._clock.now(),
                label_set=prediction.label_set,
                revision=prediction.revision,
                given=prediction.label.key if prediction.label else None,
                meant=meant.key,
                text=prediction.text if preferences.corrections is CorrectionMode.TEXT else None,
                thread=event.thread,
            ),
            channel_name=event.channel_name,
        )

    async def settle(self, channel: ChannelRef, preferences: Preferences) -> None:
        """Drop the texts that a workspace, having changed its mind, does not want kept."""
        where = (channel.platform, channel.workspace)
        if preferences.corrections is not CorrectionMode.TEXT:
            if (await self._store.count_corrections(*where)).with_text:
                await self._store.forget_texts(*where)
        elif preferences.consent is ConsentMode.OPT_IN:
            await self._store.forget_texts(*where, but_opted_in=True)

    def _ticket(self, ref: MessageRef) -> str:
        return self._pseudonyms.message(ref).hex()

    def _is_over(self, since: datetime) -> bool:
        return self._clock.now() - since > _OPEN
