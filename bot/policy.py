"""The reaction policy: prediction + settings + budget -> a reaction, a reply, or silence."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.budget import ReactionBudget
from bot.clock import Clock
from bot.distress import is_distress
from bot.events import ChannelRef, Kind, MessageEvent, Reaction, Rule
from bot.locale import text
from bot.own_emoji import reaction_for
from bot.preferences import Mode, Preferences
from classifier.base import Group, Language, Prediction

STALE_AFTER = timedelta(minutes=1)  # a later reaction would puzzle more than it tells
LONGEST_COOLDOWN = timedelta(hours=1)  # what a workspace may set at most
SUREST_SHOWN = 0.99  # a probability is never told as 100 %


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is shown for a message, and the rule that said so. At most one of the two is set."""

    rule: Rule
    reaction: Reaction | None = None
    reply: str | None = None


class ReactionPolicy:
    """Decides what a message gets.

    The first rule that holds decides, in this order:

    1. OFF; ABSTAINED; STATS_ONLY: nothing is to be shown, or nothing is known that could be.
    2. NEUTRAL: "no emotion" is no news.
    3. DISTRESS: words of self-harm or despair. Nothing is shown: a cheerful emoji would hurt, a
       sad one would point at the person before everybody, and this bot is no crisis service that
       could do more. Silence is the calm choice; the message is counted like any other.
    4. BELOW_THRESHOLD: not as sure as the channel asks.
    5. STALE: history, or more than a minute old by the clock.
    6. COOLDOWN of the channel; BUDGET of the workspace.
    7. REACTED.

    An edit of a message that shows a reaction already (`replacing`) takes no new place in the
    channel: rules 5 and 6 let it pass, it starts no cooldown and is not charged. Held back, it
    would leave a wrong emotion standing, or take a right one away. A reply in words cannot be
    replaced, so an edit never brings one: its moment was the original's, and it is STALE.
    """

    def __init__(self, clock: Clock) -> None:
        is_distress("")  # compiles the lexicon: a tenth of a second better spent here
        self._clock = clock
        self._budget = ReactionBudget()
        self._shown: OrderedDict[ChannelRef, datetime] = OrderedDict()  # the last, by channel

    def check(
        self,
        event: MessageEvent,
        prediction: Prediction,
        preferences: Preferences,
        *,
        replacing: bool = False,
    ) -> Rule:
        """The rule that would decide now. Spends nothing, so it may be asked at any time."""
        now = self._clock.now()
        if rule := self._silenced(event, prediction, preferences, now, replacing):
            return rule
        affordable = replacing or self._budget.allows(
            event.ref.channel, prediction.score, preferences.budget, now
        )
        return Rule.REACTED if affordable else Rule.BUDGET

    def decide(
        self,
        event: MessageEvent,
        prediction: Prediction,
        preferences: Preferences,
        *,
        replacing: bool = False,
    ) -> Decision:
        """Decide as `check` would, and spend what the decision takes."""
        now = self._clock.now()
        if rule := self._silenced(event, prediction, preferences, now, replacing):
            return Decision(rule=rule)
        if not replacing:
            channel = event.ref.channel
            if not self._budget.spend(channel, prediction.score, preferences.budget, now):
                return Decision(rule=Rule.BUDGET)
            self._remember(channel, now)
        return _shown(prediction, preferences)

    def _silenced(
        self,
        event: MessageEvent,
        prediction: Prediction,
        preferences: Preferences,
        now: datetime,
        replacing: bool,
    ) -> Rule | None:
        """The first rule before the budget that keeps the message from being shown."""
        if rule := content_rule(event, prediction, preferences):
            return rule
        if preferences.mode is Mode.LABEL and event.kind is Kind.EDITED:
            return Rule.STALE
        if replacing:
            return None
        if not event.live or now - event.revised_at > STALE_AFTER:
            return Rule.STALE
        cooling = self._is_cooling(event.ref.channel, preferences.cooldown, now)
        return Rule.COOLDOWN if cooling else None

    def _is_cooling(self, channel: ChannelRef, cooldown: int, now: datetime) -> bool:
        last = self._shown.get(channel)
        # A moment after `now` is of a clock since set back, and binds nobody.
        return last is not None and timedelta(0) <= now - last < timedelta(seconds=cooldown)

    def _remember(self, channel: ChannelRef, now: datetime) -> None:
        self._shown[channel] = now
        self._shown.move_to_end(channel)
        while now - next(iter(self._shown.values())) > LONGEST_COOLDOWN:
            self._shown.popitem(last=False)


def content_rule(
    event: MessageEvent, prediction: Prediction, preferences: Preferences
) -> Rule | None:
    """The rule that settles the matter whatever the moment: by message, model and settings."""
    if preferences.mode is Mode.OFF:
        return Rule.OFF
    if prediction.label is None:
        return Rule.ABSTAINED
    if preferences.mode is Mode.STATS:
        return Rule.STATS_ONLY
    if prediction.group is Group.NEUTRAL:
        return Rule.NEUTRAL
    if is_distress(event.text):
        return Rule.DISTRESS
    bar = prediction.react_above if preferences.threshold is None else preferences.threshold
    return Rule.BELOW_THRESHOLD if prediction.score < bar else None


def describe(rule: Rule, language: Language) -> str:
    """What `rule` means for a message, in one sentence to the person who asks why."""
    return text(f"rule.{rule}", language)


def _shown(prediction: Prediction, preferences: Preferences) -> Decision:
    label, group = prediction.label, prediction.group
    assert label is not None  # `content_rule` lets no abstention pass
    assert group is not None
    if preferences.mode is Mode.REACT:
        return Decision(rule=Rule.REACTED, reaction=reaction_for(label, preferences.emoji))
    language = preferences.locale
    named = {"label": label.named(language), "group": group.named(language)}
    # The group is always a noun, a label may be an adjective (억울한): it stands aside, unless
    # both are the same word.
    key = "policy.reply_group" if named["label"] == named["group"] else "policy.reply"
    share = f"{min(prediction.score, SUREST_SHOWN):.0%}"
    return Decision(
        rule=Rule.REACTED, reply=text(key, language, **named, emoji=label.emoji, share=share)
    )
