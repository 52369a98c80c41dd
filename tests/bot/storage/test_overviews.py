"""Reads over all channels of a workspace: the same as each by itself, in one question."""

from collections import Counter
from datetime import timedelta

from bot.events import Platform
from bot.storage import MoodStore
from tests.bot.storage.samples import START, WORKSPACE, author, channel, observation

HOUR = timedelta(hours=1)
TOP = START.replace(minute=0)
ALL = (Platform.DISCORD, WORKSPACE)


async def talk(store: MoodStore) -> None:
    """Three channels here and one elsewhere, over some hours, by several people."""
    places = [channel("a"), channel("b"), channel("c"), channel("a", "elsewhere")]
    for number in range(80):
        await store.record(
            observation(
                number,
                where=places[number % 4],
                who=f"person-{number % 7}",
                sent_at=TOP + (number % 9) * HOUR,
                label=("joy", "anger", None)[number % 3],
            ),
            channel_name="renamed" if number == 76 else None,
        )


async def test_it_counts_what_each_channel_counts(store: MoodStore) -> None:
    """Labels and people of every channel, in the window alone, of this workspace alone."""
    await talk(store)
    window = (TOP + 2 * HOUR, TOP + 6 * HOUR)
    totals = await store.channel_totals(*ALL, *window)
    assert [it.channel.channel for it in totals] == ["a", "b", "c"]
    assert [it.name for it in totals] == ["renamed", None, None]
    for it in totals:
        own = Counter[str | None]()
        for bucket in await store.buckets(it.channel, *window):
            own[bucket.label] += bucket.count
        assert {count.label: count.count for count in it.counts} == own
        assert it.people == await store.people(it.channel, *window)


async def test_a_quiet_channel_is_there_with_nothing(store: MoodStore) -> None:
    """Known, and no count of it."""
    await talk(store)
    totals = await store.channel_totals(*ALL, TOP + 90 * HOUR, TOP + 91 * HOUR)
    assert [(it.counts, it.people) for it in totals] == [((), 0)] * 3
    assert await store.channel_names(*ALL) == {"a": "renamed", "b": None, "c": None}


async def test_two_questions_however_many_channels(store: MoodStore) -> None:
    """Neither scans the observations: people are found by leaps through the index."""
    await store.record_many([observation(n, where=channel(f"c{n % 40}")) for n in range(120)])
    statements: list[str] = []
    await store._db.run(lambda db: db.set_trace_callback(statements.append))
    assert len(await store.channel_totals(*ALL, TOP, TOP + 99 * HOUR)) == 40
    await store._db.run(lambda db: db.set_trace_callback(None))
    people, _ = statements
    plan = await store._db.run(lambda db: db.execute(f"EXPLAIN QUERY PLAN {people}").fetchall())
    on_observations = [step for *_, step in plan if "observations" in step or " o " in step]
    assert len(on_observations) == 3
    assert all("SEARCH" in step and "by_author" in step for step in on_observations)


async def test_changes_are_noticed(store: MoodStore) -> None:
    """The number is another after a write or a removal, and the same while nothing happens."""
    first = await store.changes()
    assert await store.changes() == first
    await store.record(observation(1))
    second = await store.changes()
    await store.erase(*ALL, author("minji"))
    third = await store.changes()
    assert len({first, second, third}) == 3
    assert await store.changes() == third
