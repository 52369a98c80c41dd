"""The reaction policy: which rule decides, in which order, and what a decision spends."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import ManualClock
from bot.events import ChannelRef, Kind, MessageEvent, MessageRef, Platform, Reaction, Rule
from bot.locale import texts
from bot.policy import Decision, ReactionPolicy, describe
from bot.preferences import Mode, Preferences
from classifier.base import Abstention, Group, Label, Language, Prediction

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
JOY = Label(
    key="joy",
    ko="기쁨",
    en="joy",
    emoji="😊",
    slack="blush",
    group=Group.JOY,
    valence=0.9,
    arousal=0.6,
)
WRONGED = replace(JOY, key="억울한", ko="억울한", en="wronged", emoji="😤", group=Group.HURT)
CALM = replace(JOY, key="neutral", ko="중립", en="neutral", emoji="😐", group=Group.NEUTRAL)
PREFERENCES = Preferences(cooldown=0, locale=Language.EN)
SMILE = Reaction(emoji="😊", slack="blush")


@pytest.fixture
def clock() -> ManualClock:
    """A clock standing at NOW."""
    return ManualClock(NOW)


@pytest.fixture
def policy(clock: ManualClock) -> ReactionPolicy:
    """A policy that has shown nothing yet."""
    return ReactionPolicy(clock)


def _event(
    text: str = "오늘 정말 신난다",
    *,
    at: datetime = NOW,
    channel: str = "c",
    kind: Kind = Kind.NEW,
    live: bool = True,
) -> MessageEvent:
    place = ChannelRef(platform=Platform.DISCORD, workspace="w", channel=channel)
    return MessageEvent(
        kind=kind,
        ref=MessageRef(channel=place, message="1"),
        sent_at=at,
        revised_at=at,
        author="a",
        text=text,
        live=live,
    )


def _prediction(label: Label | None = JOY, score: float = 0.82) -> Prediction:
    return Prediction(
        text="t",
        revision="r",
        label_set="goemotions28",
        label=label,
        group=label.group if label else None,
        score=score,
        group_score=score,
        react_above=0.5,
        abstention=None if label else Abstention.UNSURE,
    )


def test_a_sure_message_gets_its_emoji(policy: ReactionPolicy) -> None:
    """With nothing against it, the label's emoji is the reaction."""
    decision = policy.decide(_event(), _prediction(), PREFERENCES)
    assert decision == Decision(rule=Rule.REACTED, reaction=SMILE)


@pytest.mark.parametrize(
    ("language", "label", "reply"),
    [
        (Language.KO, JOY, "기쁨이 느껴져요 😊 (82%)"),
        (Language.KO, WRONGED, "상처가 느껴져요 😤 (억울한, 82%)"),
        (Language.EN, JOY, "I sense joy 😊 (82%)"),
        (Language.EN, WRONGED, "I sense hurt 😤 (wronged, 82%)"),
    ],
)
def test_mode_label_answers_in_words(
    policy: ReactionPolicy, language: Language, label: Label, reply: str
) -> None:
    """In mode label the emotion is told, in the channel's language, instead of a reaction."""
    preferences = replace(PREFERENCES, mode=Mode.LABEL, locale=language)
    decision = policy.decide(_event(), _prediction(label), preferences)
    assert decision == Decision(rule=Rule.REACTED, reply=reply)


def test_no_reply_claims_certainty(policy: ReactionPolicy) -> None:
    """A score that rounds to 100 % is told as 99 %."""
    preferences = replace(PREFERENCES, mode=Mode.LABEL)
    reply = policy.decide(_event(), _prediction(score=0.999), preferences).reply
    assert reply == "I sense joy 😊 (99%)"


def test_the_first_rule_that_holds_decides(clock: ManualClock) -> None:
    """Each rule, with everything that comes later in the order holding too."""
    policy = ReactionPolicy(clock)
    preferences = replace(PREFERENCES, cooldown=60, budget=1, threshold=0.9)
    assert policy.decide(_event(), _prediction(score=0.95), preferences).rule is Rule.REACTED

    bad, old = "i want to die", NOW - timedelta(hours=1)
    unsure, sure = _prediction(score=0.6), _prediction(score=0.95)
    cases = [
        (Rule.OFF, _event(bad, at=old), _prediction(None), replace(preferences, mode=Mode.OFF)),
        (
            Rule.ABSTAINED,
            _event(bad, at=old),
            _prediction(None),
            replace(preferences, mode=Mode.STATS),
        ),
        (
            Rule.STATS_ONLY,
            _event(bad, at=old),
            _prediction(CALM, 0.6),
            replace(preferences, mode=Mode.STATS),
        ),
        (Rule.NEUTRAL, _event(bad, at=old), _prediction(CALM, 0.6), preferences),
        (Rule.DISTRESS, _event(bad, at=old), unsure, preferences),
        (Rule.BELOW_THRESHOLD, _event(at=old), unsure, preferences),
        (Rule.STALE, _event(at=old), sure, preferences),
        (Rule.COOLDOWN, _event(), sure, preferences),
        (Rule.BUDGET, _event(channel="d"), sure, preferences),
    ]
    for rule, event, prediction, chosen in cases:
        assert policy.check(event, prediction, chosen) is rule
        assert policy.decide(event, prediction, chosen) == Decision(rule=rule)


@pytest.mark.parametrize("mode", [Mode.REACT, Mode.LABEL])
@pytest.mark.parametrize("text", ["그냥 죽고 싶다 ㅋㅋ", "honestly i want to disappear 😂"])
def test_distress_is_met_with_silence(policy: ReactionPolicy, mode: Mode, text: str) -> None:
    """However sure of joy the model is, words of distress get no emoji and no reply."""
    decision = policy.decide(_event(text), _prediction(score=0.99), replace(PREFERENCES, mode=mode))
    assert decision == Decision(rule=Rule.DISTRESS)


@pytest.mark.parametrize(
    ("threshold", "score", "rule"),
    [
        (None, 0.5, Rule.REACTED),
        (None, 0.499, Rule.BELOW_THRESHOLD),
        (0.8, 0.8, Rule.REACTED),
        (0.8, 0.799, Rule.BELOW_THRESHOLD),
        (0.05, 0.06, Rule.REACTED),
    ],
)
def test_the_bar_is_the_channels_or_the_bundles(
    policy: ReactionPolicy, threshold: float | None, score: float, rule: Rule
) -> None:
    """A set threshold replaces the bundle's bar, upwards and downwards; the bar itself passes."""
    preferences = replace(PREFERENCES, threshold=threshold)
    assert policy.check(_event(), _prediction(score=score), preferences) is rule


@pytest.mark.parametrize(
    ("seconds", "live", "rule"),
    [(60, True, Rule.REACTED), (61, True, Rule.STALE), (0, False, Rule.STALE)],
)
def test_old_and_replayed_messages_are_not_reacted_to(
    policy: ReactionPolicy, clock: ManualClock, seconds: int, live: bool, rule: Rule
) -> None:
    """A message is stale a minute after it was written, and always when read from history."""
    clock.set(NOW + timedelta(seconds=seconds))
    assert policy.check(_event(live=live), _prediction(), PREFERENCES) is rule


def test_a_channel_rests_between_reactions(policy: ReactionPolicy, clock: ManualClock) -> None:
    """The cooldown holds for its channel only, and ends to the second."""
    preferences = replace(PREFERENCES, cooldown=20)
    assert policy.decide(_event(), _prediction(), preferences).rule is Rule.REACTED
    clock.set(NOW + timedelta(seconds=19))
    assert policy.decide(_event(), _prediction(), preferences).rule is Rule.COOLDOWN
    assert policy.decide(_event(channel="d"), _prediction(), preferences).rule is Rule.REACTED
    clock.set(NOW + timedelta(seconds=20))
    assert policy.decide(_event(), _prediction(), preferences).rule is Rule.REACTED


def test_a_refusal_starts_no_cooldown(policy: ReactionPolicy) -> None:
    """Only what was shown makes a channel rest."""
    preferences = replace(PREFERENCES, cooldown=20)
    for refused in (_event("i want to die"), _event(live=False)):
        assert policy.decide(refused, _prediction(), preferences).reaction is None
    assert policy.decide(_event(), _prediction(), preferences).rule is Rule.REACTED


def test_a_clock_set_back_ends_the_cooldown(policy: ReactionPolicy, clock: ManualClock) -> None:
    """A replay that begins again is not silenced by reactions of its future."""
    preferences = replace(PREFERENCES, cooldown=3600)
    policy.decide(_event(), _prediction(), preferences)
    clock.set(NOW - timedelta(days=1))
    event = _event(at=clock.now())
    assert policy.decide(event, _prediction(), preferences).rule is Rule.REACTED


def test_the_budget_is_the_workspaces(policy: ReactionPolicy) -> None:
    """Channels share one budget; what it refuses starts no cooldown."""
    preferences = replace(PREFERENCES, budget=1, cooldown=20)
    rules = [policy.decide(_event(channel=name), _prediction(), preferences).rule for name in "abb"]
    assert rules == [Rule.REACTED, Rule.BUDGET, Rule.BUDGET]


def test_asking_why_spends_nothing(policy: ReactionPolicy) -> None:
    """`check` may be asked at will: the reaction it foretells is still there to be given."""
    preferences = replace(PREFERENCES, budget=1, cooldown=20)
    for _ in range(5):
        assert policy.check(_event(), _prediction(), preferences) is Rule.REACTED
    assert policy.decide(_event(), _prediction(), preferences).rule is Rule.REACTED
    for _ in range(5):
        assert policy.check(_event(), _prediction(), preferences) is Rule.COOLDOWN


def test_an_edit_replaces_its_reaction_freely(policy: ReactionPolicy, clock: ManualClock) -> None:
    """A message that shows a reaction may change it in cooldown, over budget, and late."""
    preferences = replace(PREFERENCES, budget=1, cooldown=20)
    assert policy.decide(_event(), _prediction(), preferences).rule is Rule.REACTED
    edit = _event(kind=Kind.EDITED, live=False)
    decision = policy.decide(edit, _prediction(WRONGED), preferences, replacing=True)
    assert decision == Decision(rule=Rule.REACTED, reaction=Reaction.of(WRONGED))
    assert policy.check(edit, _prediction(WRONGED), preferences, replacing=True) is Rule.REACTED


def test_replacing_is_not_charged(policy: ReactionPolicy) -> None:
    """Ten replacements leave the whole budget and no cooldown behind."""
    preferences = replace(PREFERENCES, budget=1, cooldown=20)
    edit = _event(kind=Kind.EDITED)
    for _ in range(10):
        policy.decide(edit, _prediction(), preferences, replacing=True)
    assert policy.decide(_event(), _prediction(), preferences).rule is Rule.REACTED


@pytest.mark.parametrize(
    ("text", "label", "rule"),
    [
        ("사실은 죽고 싶다", JOY, Rule.DISTRESS),
        ("음", None, Rule.ABSTAINED),
        ("그렇군", CALM, Rule.NEUTRAL),
    ],
)
def test_an_edit_can_lose_its_reaction(
    policy: ReactionPolicy, text: str, label: Label | None, rule: Rule
) -> None:
    """What the edited text says still decides whether anything is shown."""
    edit = _event(text, kind=Kind.EDITED)
    decision = policy.decide(edit, _prediction(label), PREFERENCES, replacing=True)
    assert decision == Decision(rule=rule)


@pytest.mark.parametrize("replacing", [False, True])
def test_an_edit_is_not_answered_twice(policy: ReactionPolicy, replacing: bool) -> None:
    """In mode label an edit brings no second reply under the same message."""
    preferences = replace(PREFERENCES, mode=Mode.LABEL)
    edit = _event(kind=Kind.EDITED)
    decision = policy.decide(edit, _prediction(), preferences, replacing=replacing)
    assert decision == Decision(rule=Rule.STALE)


def test_an_edit_without_a_reaction_is_a_message_like_any_other(policy: ReactionPolicy) -> None:
    """An edit that first brings an emotion waits for the cooldown and is charged."""
    preferences = replace(PREFERENCES, cooldown=20)
    edit = _event(kind=Kind.EDITED)
    assert policy.decide(edit, _prediction(), preferences).reaction == SMILE
    assert policy.decide(edit, _prediction(), preferences).rule is Rule.COOLDOWN


def test_memory_of_channels_is_bounded(policy: ReactionPolicy, clock: ManualClock) -> None:
    """Channels silent for longer than any cooldown are forgotten."""
    preferences = replace(PREFERENCES, cooldown=3600)
    for number in range(200):
        clock.set(NOW + timedelta(minutes=10 * number))
        event = _event(at=clock.now(), channel=str(number))
        assert policy.decide(event, _prediction(), preferences).rule is Rule.REACTED
    assert len(policy._shown) <= 7


@pytest.mark.parametrize("language", Language)
def test_every_rule_is_told_in_one_sentence(language: Language) -> None:
    """Each rule has its own sentence in both languages, and no sentence is left without a rule."""
    told = [describe(rule, language) for rule in Rule]
    assert len(set(told)) == len(Rule)
    for sentence in told:
        assert sentence.endswith(".")
        assert sentence.count(".") == 1
    keys = {key.removeprefix("rule.") for key in texts(language) if key.startswith("rule.")}
    assert keys == set(Rule)
