from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import ManualClock
from bot.events import ChannelRef, MessageRef, Platform
from bot.identity import Pseudonyms
from bot.mood import Evidence, Mood, read_mood
from bot.observations import Bucket, Observation
from bot.storage import MoodStore
from bot.trend import Trend
from bot.window import Window
from classifier.base import Group
from tests.bot.moods import EMOTIONS, NOW, SEOUL, bucket, days, hours, mood

DAY = Window.last("24h", NOW)
WEEK = Window.last("7d", NOW)

some_buckets = st.lists(
    st.builds(
        bucket,
        st.integers(0, WEEK.hours - 1).map(lambda hour: WEEK.start + timedelta(hours=hour)),
        st.sampled_from([*EMOTIONS.keys, None, "no_such_label"]),
        st.integers(1, 50),
    ),
    max_size=60,
)


def split(buckets: Sequence[Bucket], at: Sequence[int]) -> list[Bucket]:
    """The same counts in smaller buckets, in the opposite order."""
    pieces = []
    for piece, cut in zip(buckets, at, strict=True):
        first = cut % (piece.count + 1)
        pieces += [replace(piece, count=part) for part in (first, piece.count - first) if part]
    return pieces[::-1]


@given(some_buckets)
def test_shares_sum_to_one(buckets: list[Bucket]) -> None:
    """The groups' shares sum to one, or to nothing when nothing is scored."""
    tally = mood(buckets, WEEK).tally
    assert sum(tally.shares.values()) == pytest.approx(1 if tally.scored else 0)


@given(some_buckets)
def test_counts_are_conserved(buckets: list[Bucket]) -> None:
    """Every message is counted once: in the whole, in a group or unscored, and in one step."""
    found = mood(buckets, WEEK)
    messages = sum(bucket.count for bucket in buckets)
    assert found.tally.messages == messages
    assert sum(found.tally.groups.values()) + found.tally.unscored == messages
    assert sum(step.tally.messages for step in found.steps) == messages
    assert sum(entry.count for entry in found.tally.top()) == found.tally.scored


@given(
    some_buckets.flatmap(
        lambda it: st.tuples(st.just(it), st.tuples(*[st.integers(0, 99)] * len(it)))
    )
)
def test_how_counts_are_cut_does_not_matter(cut: tuple[list[Bucket], tuple[int, ...]]) -> None:
    """Any split and order of the same buckets gives an equal mood, to the last bit."""
    buckets, at = cut
    whole, parts = mood(buckets, WEEK), mood(split(buckets, at), WEEK)
    assert parts == whole
    assert parts.tally.valence == whole.tally.valence
    assert parts.trend == whole.trend


def test_valence_and_arousal_are_means_over_scored_messages() -> None:
    """Each scored message weighs the same; the unscored weigh nothing."""
    tally = mood(hours(DAY, {"joy": 3, "sadness": 1, None: 40}), DAY).tally
    joy, sadness = EMOTIONS["joy"], EMOTIONS["sadness"]
    assert tally.valence == pytest.approx((3 * joy.valence + sadness.valence) / 4)
    assert tally.arousal == pytest.approx((3 * joy.arousal + sadness.arousal) / 4)
    assert mood(hours(DAY, {None: 4}), DAY).tally.valence is None


def test_too_few_people_leave_no_count_behind() -> None:
    """Below min_people the mood holds no number that could be shown."""
    found = mood(hours(DAY, {"joy": 30}), DAY, before=hours(DAY, {"joy": 30}), people=2)
    assert found.evidence is Evidence.TOO_FEW_PEOPLE
    assert (found.people, found.tally.messages, found.steps, found.before) == (0, 0, (), None)
    assert found.change is None
    assert found.trend is None


@pytest.mark.parametrize(
    ("counts", "evidence"),
    [({}, "nothing"), ({None: 50}, "little"), ({"joy": 9}, "little"), ({"joy": 10}, "enough")],
)
def test_evidence_follows_the_scored_messages(counts: dict[str | None, int], evidence: str) -> None:
    """Nothing, little or enough: only scored messages count for what may be claimed."""
    assert mood(hours(DAY, counts), DAY).evidence == evidence


def test_the_window_before_is_compared_only_when_it_can_be() -> None:
    """Too few people or too few scored messages before, and there is no change to tell."""
    now, then = hours(DAY, {"joy": 50}), hours(DAY.previous(), {"joy": 20, "anger": 20})
    change = mood(now, DAY, before=then).change
    assert change is not None
    assert change.shares[Group.JOY] == pytest.approx(0.5)
    assert change.valence == pytest.approx(
        (EMOTIONS["joy"].valence - EMOTIONS["anger"].valence) / 2
    )
    assert change.standing_out in (Group.JOY, Group.ANGER)
    assert mood(now, DAY, before=then, people_before=2).change is None
    assert mood(now, DAY, before=hours(DAY.previous(), {"anger": 9})).change is None


def test_a_chance_change_does_not_stand_out() -> None:
    """A few messages more or less of a group are a difference but no news."""
    change = mood(
        hours(DAY, {"joy": 6, "anger": 4}),
        DAY,
        before=hours(DAY.previous(), {"joy": 5, "anger": 5}),
    ).change
    assert change is not None
    assert change.standing_out is None


def weekly(*joys: int) -> Mood:
    """A mood with a day for each number of joyful messages among ten."""
    return mood(days(WEEK, *({"joy": joy, "sadness": 10 - joy} for joy in joys)), WEEK)


def test_the_trend_follows_the_days() -> None:
    """Days growing brighter rise, days growing darker fall, days alike are steady."""
    assert weekly(1, 2, 4, 5, 7, 9).trend is Trend.RISING
    assert weekly(9, 7, 5, 4, 2, 1).trend is Trend.FALLING
    assert weekly(5, 6, 5, 6, 5, 5).trend is Trend.STEADY


def test_steps_of_few_messages_have_no_say_in_the_trend() -> None:
    """Days with fewer than three scored messages are no points of a trend."""
    assert mood(days(WEEK, *({"joy": 2} for _ in range(6))), WEEK).trend is None


def test_a_step_of_few_messages_shows_only_how_many() -> None:
    """Two scored messages are counted but give no valence; three do."""
    *_, two, three = mood(hours(DAY, {"joy": 2, None: 5}, {"joy": 3}), DAY).steps
    assert (two.tally.messages, two.enough, two.valence) == (7, False, None)
    assert three.valence == pytest.approx(EMOTIONS["joy"].valence)


def test_a_label_of_a_dropped_label_set_keeps_its_group() -> None:
    """A set no longer shipped is read through another that knows the label."""
    tally = mood([bucket(DAY.start, "joy", 4, "older")], DAY).tally
    assert tally.groups[Group.JOY] == 4


def test_a_label_nobody_knows_counts_as_unscored() -> None:
    """It is a message all the same, but gets no feeling."""
    tally = mood([bucket(DAY.start, "zest", 4, "older")], DAY).tally
    assert (tally.messages, tally.unscored) == (4, 4)


def test_the_same_emotion_of_two_label_sets_is_one() -> None:
    """After a change of model, joy is named once with both counts."""
    tally = mood(
        [
            bucket(DAY.start, "joy", 4),
            bucket(DAY.start, "기쁨", 3, "aihub58"),
            bucket(DAY.start, "fear"),
        ],
        DAY,
    ).tally
    assert [(entry.label.key, entry.count) for entry in tally.top()] == [("joy", 7), ("fear", 1)]


async def test_a_mood_is_read_from_the_store(tmp_path: Path) -> None:
    """What was recorded comes back: this window, the one before, and how many people spoke."""
    pseudonyms = Pseudonyms(b"0123456789abcdef")
    channel = ChannelRef(platform=Platform.CONSOLE, workspace="w", channel="c")

    def observed(number: int, label: str | None, hours_ago: int) -> Observation:
        at = NOW - timedelta(hours=hours_ago)
        return Observation(
            ref=MessageRef(channel=channel, message=str(number)),
            author=pseudonyms.author(channel, f"author {number % 4}"),
            sent_at=at,
            revised_at=at,
            label_set=EMOTIONS.name,
            label=label,
            score=0.9,
            revision="test",
        )

    async with MoodStore.open(tmp_path / "m.db", pseudonyms, clock=ManualClock(NOW)) as store:
        await store.record_many(
            [observed(number, "joy" if number % 3 else None, number % 20) for number in range(60)]
            + [observed(number, "anger", 30) for number in range(100, 112)]
        )
        found = await read_mood(store, channel, DAY, timezone=SEOUL, min_people=3)
        nobody = await read_mood(store, channel, DAY, timezone=SEOUL, min_people=5)
    assert (found.evidence, found.people) == (Evidence.ENOUGH, 4)
    assert (found.tally.scored, found.tally.unscored) == (40, 20)
    assert found.before is not None
    assert found.before.groups[Group.ANGER] == 12
    assert nobody.evidence is Evidence.TOO_FEW_PEOPLE
