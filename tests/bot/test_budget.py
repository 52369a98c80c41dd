"""The budget: never over the limit, mostly used, and spent on the surest messages."""

import random
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.budget import REMEMBERED, WINDOW, ReactionBudget
from bot.events import ChannelRef, Platform

START = datetime(2025, 3, 1, tzinfo=UTC)
Asked = tuple[float, str, float]  # seconds from START, channel, score


def _channel(name: str = "c", workspace: str = "w") -> ChannelRef:
    return ChannelRef(platform=Platform.SLACK, workspace=workspace, channel=name)


def _granted(asked: list[Asked], limit: int) -> list[Asked]:
    budget = ReactionBudget()
    return [
        (second, name, score)
        for second, name, score in asked
        if budget.spend(_channel(name), score, limit, START + timedelta(seconds=second))
    ]


def _stream(
    seed: int, *, a_minute: int, minutes: int, channel: Callable[[random.Random], str]
) -> list[Asked]:
    """Candidates at random moments with uniformly random scores."""
    chance = random.Random(seed)
    asked: list[Asked] = []
    second = chance.expovariate(a_minute / 60)
    while second < minutes * 60:
        asked.append((second, channel(chance), chance.random()))
        second += chance.expovariate(a_minute / 60)
    return asked


def _most_in_a_minute(granted: list[Asked]) -> int:
    most, window = 0, deque[int]()
    for second, *_ in granted:
        moment = round(second * 1_000_000)
        window.append(moment)
        while moment - window[0] > WINDOW:
            window.popleft()
        most = max(most, len(window))
    return most


@given(
    steps=st.lists(
        st.tuples(st.floats(0, 30), st.sampled_from("abc"), st.floats(0, 1)), max_size=120
    ),
    limit=st.integers(1, 12),
)
def test_never_more_than_the_limit_in_any_minute(steps: list[Asked], limit: int) -> None:
    """Whatever comes whenever, no sixty seconds hold more grants than the limit."""
    second, asked = 0.0, []
    for wait, name, score in steps:
        second += wait
        asked.append((round(second, 6), name, score))
    assert _most_in_a_minute(_granted(asked, limit)) <= limit


@given(
    waits=st.lists(st.floats(6, 60), max_size=60),
    scores=st.randoms(use_true_random=False),
)
def test_a_quiet_workspace_has_everything_shown(waits: list[float], scores: random.Random) -> None:
    """At most ten candidates a minute against a limit of twelve: all granted, however unsure."""
    second, asked = 0.0, []
    for wait in waits:
        second += wait
        asked.append((second, "c", scores.random()))
    assert _granted(asked, 12) == asked


def test_a_short_quick_talk_is_shown() -> None:
    """Ten messages in five seconds in a workspace silent before are not ranked away."""
    asked = [(second / 2, "c", 0.9 - second / 20) for second in range(10)]
    assert _granted(asked, 40) == asked


@pytest.mark.parametrize("seed", range(5))
def test_a_busy_workspace_shows_the_surest(seed: int) -> None:
    """Of 500 candidates a minute, 50 a minute: nearly the true best, most of the budget, no more.

    The reference is the mean of the best fifty of each minute, chosen with the whole minute in
    hand. Measured over these seeds: ratio 0.975 to 0.982, 93 to 95 % of the budget used.
    """
    limit, minutes = 50, 10
    asked = _stream(seed, a_minute=500, minutes=minutes, channel=lambda r: r.choice("abcdefgh"))
    granted = _granted(asked, limit)
    best = [
        score
        for minute in range(minutes)
        for score in sorted(s for t, _, s in asked if minute <= t / 60 < minute + 1)[-limit:]
    ]
    assert mean(score for *_, score in granted) / mean(best) >= 0.96
    assert len(granted) >= 0.9 * limit * minutes
    assert _most_in_a_minute(granted) <= limit


def test_a_sudden_rush_is_ranked_at_once() -> None:
    """After a quiet hour, the first minute of a rush does not go to whoever wrote first."""
    rush = [
        (3600 + t, name, s)
        for t, name, s in _stream(7, a_minute=500, minutes=1, channel=lambda r: r.choice("abcd"))
    ]
    scores = [score for *_, score in _granted([(0.0, "a", 0.1), *rush], 40)[1:]]
    first_come = mean(score for *_, score in rush[:40])
    assert mean(scores) > first_come + 0.2
    assert len(scores) >= 30


def test_a_loud_channel_takes_about_half() -> None:
    """With nine tenths of the candidates in one channel, the others still have half the budget."""
    limit, minutes = 50, 10
    asked = _stream(
        3,
        a_minute=500,
        minutes=minutes,
        channel=lambda r: "loud" if r.random() < 0.9 else r.choice("abcd"),
    )
    granted = _granted(asked, limit)
    loud = sum(name == "loud" for _, name, _ in granted)
    assert 0.4 <= loud / len(granted) <= 0.55
    assert len(granted) >= 0.8 * limit * minutes


def test_a_loud_channel_alone_has_the_whole_budget() -> None:
    """Half of the budget is not kept for channels in which nobody speaks."""
    asked = _stream(4, a_minute=500, minutes=5, channel=lambda r: "loud")
    assert len(_granted(asked, 50)) >= 0.85 * 50 * 5


def test_asking_spends_nothing() -> None:
    """`allows` foretells `spend` and changes neither the grants nor the ranking."""
    asked = _stream(5, a_minute=300, minutes=3, channel=lambda r: r.choice("ab"))
    budget, foretold = ReactionBudget(), []
    for second, name, score in asked:
        now = START + timedelta(seconds=second)
        for other in (0.0, 0.5, 1.0):
            budget.allows(_channel(name), other, 20, now)
        if budget.allows(_channel(name), score, 20, now):
            foretold.append((second, name, score))
        budget.spend(_channel(name), score, 20, now)
    assert foretold == _granted(asked, 20)


def test_workspaces_do_not_share() -> None:
    """One workspace's rush leaves another's budget whole."""
    budget = ReactionBudget()
    assert budget.spend(_channel(workspace="a"), 0.9, 1, START)
    assert not budget.spend(_channel(workspace="a"), 0.99, 1, START)
    assert budget.spend(_channel(workspace="b"), 0.1, 1, START)


def test_a_clock_set_back_neither_overspends_nor_stops() -> None:
    """A second back counts as no time; a replay beginning again finds a whole budget."""
    budget = ReactionBudget()
    assert budget.spend(_channel(), 0.9, 1, START)
    assert not budget.spend(_channel(), 0.9, 1, START - timedelta(seconds=1))
    assert budget.allows(_channel(), 0.9, 1, START - timedelta(days=1))
    assert budget.spend(_channel(), 0.9, 1, START - timedelta(days=1))


def test_memory_is_bounded() -> None:
    """Neither a flood in one workspace nor a march of workspaces makes the budget grow."""
    budget = ReactionBudget()
    for number in range(3 * REMEMBERED):
        budget.spend(_channel(), 0.5, 10, START + timedelta(milliseconds=number))
    ledger = next(iter(budget._ledgers.values()))
    assert len(ledger.candidates) == REMEMBERED
    assert len(ledger.grants) <= 10
    for number in range(300):
        at = START + timedelta(seconds=10 * number)
        budget.spend(_channel(workspace=str(number)), 0.5, 10, at)
    assert len(budget._ledgers) <= 8
