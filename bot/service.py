"""The core: a message event becomes an outcome, a command becomes a reply. Adapters act on them."""

import logging
from collections import OrderedDict

from bot.clock import Clock
from bot.consent import Consent
from bot.corrections import Corrections
from bot.events import (
    ChannelRef,
    Kind,
    MessageEvent,
    MessageRef,
    Outcome,
    Reaction,
    Rule,
    Source,
)
from bot.identity import Pseudonyms
from bot.observations import Observation
from bot.policy import ReactionPolicy
from bot.preferences import Mode, Preferences, Switch, resolve
from bot.pulse import Pulse
from bot.storage import MoodStore
from classifier.base import ClassifierError, Prediction
from classifier.service import ClassifierService, Priority

logger = logging.getLogger(__name__)

_REMEMBERED_RULES = 10_000  # of the latest messages, so that `why` can name what decided then


class Bot:
    """Gate, classify, keep, decide: the life of a message between its adapter's two ends."""

    def __init__(
        self,
        *,
        store: MoodStore,
        classifier: ClassifierService,
        policy: ReactionPolicy,
        pseudonyms: Pseudonyms,
        clock: Clock,
        defaults: Preferences,
    ) -> None:
        self.store = store
        self.classifier = classifier
        self.policy = policy
        self.clock = clock
        self.consent = Consent(store, pseudonyms)
        self.corrections = Corrections(store, pseudonyms, clock)
        self.pulse = Pulse(clock)
        self._pseudonyms = pseudonyms
        self._defaults = defaults
        self._rules: OrderedDict[MessageRef, Rule] = OrderedDict()

    async def on_message(self, event: MessageEvent) -> Outcome:
        """Count `event` and decide what to show for it.

        Raises StorageError when the observation could not be kept; deliver the event again then:
        a message counts once however often it comes.
        """
        platform = event.ref.channel.platform
        self.pulse.hear(platform)
        outcome = await self._outcome(event)
        self.pulse.note(platform, outcome.rule)
        return outcome

    async def _outcome(self, event: MessageEvent) -> Outcome:
        if event.kind is not Kind.NEW:
            self.corrections.close(event.ref)
        if event.kind is Kind.DELETED:
            change = await self.store.remove(event.ref)
            return Outcome(rule=Rule.DELETED if change.applied else Rule.NOTHING_NEW)
        preferences = await self.preferences(event.ref.channel, event.category)
        outcome = await self._classified(event, preferences)
        if outcome.rule is not Rule.NOTHING_NEW:
            self._remember(event.ref, outcome.rule)
        return outcome

    async def reacted(self, ref: MessageRef, reaction: Reaction | None) -> None:
        """Keep what the adapter really put on a message, so that an edit can take it back."""
        await self.store.reacted(ref, reaction)

    async def preferences(self, channel: ChannelRef, category: str | None = None) -> Preferences:
        """What the workspace decided for this channel."""
        return resolve(await self.store.preferences(channel, category), self._defaults)

    async def refusal(self, event: MessageEvent, preferences: Preferences) -> Rule | None:
        """The gate: the rule that keeps `event` from being read at all, if one does."""
        if event.source is not Source.PERSON:
            return Rule.NOT_A_PERSON
        if preferences.mode is Mode.OFF:
            return Rule.OFF
        if not event.roles.isdisjoint(preferences.ignored_roles):
            return Rule.IGNORED_ROLE
        # People of another organisation did not choose this bot: a manager here answers for it.
        if event.shared and preferences.shared_channels is Switch.OFF:
            return Rule.SHARED_CHANNEL
        # An edit down to nothing is counted, as unscored: its message was counted with words.
        if event.kind is Kind.NEW and not event.text.strip():
            return Rule.EMPTY
        return await self.consent.refusal(
            event.ref.channel,
            event.author,
            preferences.consent,
            ignored=preferences.ignored_users,
        )

    def rule_for(self, ref: MessageRef) -> Rule | None:
        """The rule that decided for a recent message, None when it is no longer remembered."""
        return self._rules.get(ref)

    async def _classified(self, event: MessageEvent, preferences: Preferences) -> Outcome:
        if refusal := await self.refusal(event, preferences):
            return Outcome(rule=refusal)
        try:
            prediction = await self.classifier.classify(event.text, priority=Priority.BACKGROUND)
        except ClassifierError as error:
            # Adapters ask again; they tell when this lasts.
            logger.debug("a message in %s was not classified: %s", event.ref.channel, error)
            return Outcome(rule=Rule.UNAVAILABLE)
        change = await self.store.record(
            self.observation(event, prediction), channel_name=event.channel_name
        )
        if not change.applied:
            return Outcome(rule=Rule.NOTHING_NEW, prediction=prediction)
        before = change.before.reaction if change.before else None
        return self._decided(event, prediction, preferences, before)

    def observation(self, event: MessageEvent, prediction: Prediction) -> Observation:
        """What is kept of a message: its prediction under its author's pseudonym."""
        return Observation.of(
            event.ref,
            prediction,
            author=self._pseudonyms.author(event.ref.channel, event.author),
            sent_at=event.sent_at,
            revised_at=event.revised_at,
            thread=event.thread,
        )

    def _decided(
        self,
        event: MessageEvent,
        prediction: Prediction,
        preferences: Preferences,
        before: Reaction | None,
    ) -> Outcome:
        """The policy's decision, as a difference from the reaction that is there already."""
        decision = self.policy.decide(event, prediction, preferences, replacing=before is not None)
        changed = decision.reaction != before
        return Outcome(
            rule=decision.rule,
            prediction=prediction,
            reaction=decision.reaction if changed else None,
            retract=before if changed else None,
            reply=decision.reply,
        )

    def _remember(self, ref: MessageRef, rule: Rule) -> None:
        self._rules[ref] = rule
        self._rules.move_to_end(ref)
        if len(self._rules) > _REMEMBERED_RULES:
            self._rules.popitem(last=False)
