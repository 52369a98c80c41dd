import asyncio
from datetime import timedelta
from pathlib import Path

from bot.events import Platform
from bot.storage import Choice, Level, MoodStore
from tests.bot.storage.samples import START, WORKSPACE, author, channel, observation, opened

HOUR = timedelta(hours=1)
TOP = START.replace(minute=0)


async def test_buckets_of_a_window_begin_in_it(store: MoodStore) -> None:
    """The start belongs to the window, the end does not, and other channels are not read."""
    for n in range(4):
        await store.record(observation(n, sent_at=TOP + n * HOUR, label=None if n == 1 else "joy"))
    await store.record(observation(9, where=channel("random"), sent_at=TOP + HOUR))
    found = await store.buckets(channel(), TOP + HOUR, TOP + 3 * HOUR)
    assert [(b.hour, b.label, b.count) for b in found] == [
        (TOP + HOUR, None, 1),
        (TOP + 2 * HOUR, "joy", 1),
    ]
    assert {b.label_set for b in found} == {"goemotions28"}
    assert await store.buckets(channel("nowhere"), TOP, TOP + HOUR) == []


async def test_an_edge_within_an_hour_takes_the_hours_that_begin_inside(store: MoodStore) -> None:
    """Two windows that touch never count an hour twice."""
    await store.record(observation(0, sent_at=TOP))
    middle = TOP + HOUR / 2
    assert len(await store.buckets(channel(), TOP - HOUR, middle)) == 1
    assert await store.buckets(channel(), middle, TOP + HOUR) == []


async def test_people_are_counted_once_and_only_in_the_window(store: MoodStore) -> None:
    """Distinct authors of one channel, from the start up to but not including the end."""
    for n, who in enumerate(["minji", "minji", "jun", "sora", "jun"]):
        await store.record(observation(n, who=who, sent_at=TOP + n * HOUR))
    await store.record(observation(9, who="dana", where=channel("random"), sent_at=TOP))
    assert await store.people(channel(), TOP, TOP + 5 * HOUR) == 3
    assert await store.people(channel(), TOP, TOP + 2 * HOUR) == 1
    assert await store.people(channel(), TOP + 2 * HOUR, TOP + 3 * HOUR) == 1
    assert await store.people(channel(), TOP + 9 * HOUR, TOP + 10 * HOUR) == 0
    assert await store.people(channel("nowhere"), TOP, TOP + HOUR) == 0


async def test_counting_people_leaps_over_their_messages(store: MoodStore) -> None:
    """The plan searches the author index; it never scans the observations."""
    await store.record_many([observation(n) for n in range(50)])
    statements: list[str] = []
    await store._db.run(lambda db: db.set_trace_callback(statements.append))
    await store.people(channel(), TOP, TOP + HOUR)
    await store._db.run(lambda db: db.set_trace_callback(None))
    [counting] = [sql for sql in statements if "RECURSIVE" in sql]
    plan = await store._db.run(lambda db: db.execute(f"EXPLAIN QUERY PLAN {counting}").fetchall())
    on_observations = [step for *_, step in plan if "observations" in step or " o " in step]
    assert on_observations
    assert all("SEARCH" in step and "by_author" in step for step in on_observations)


async def test_channels_tell_names_totals_and_the_latest_hour(store: MoodStore) -> None:
    """A new name replaces the old one; None keeps it; the listing narrows by place."""
    await store.record(observation(0, sent_at=TOP), channel_name="general")
    await store.record(observation(1, sent_at=TOP + HOUR), channel_name="잡담")
    await store.record(observation(2, sent_at=TOP))
    await store.record(observation(3, where=channel(workspace="other"), sent_at=TOP))
    [here] = await store.channels(Platform.DISCORD, WORKSPACE)
    assert (here.name, here.messages, here.last_at) == ("잡담", 3, TOP + HOUR)
    assert len(await store.channels()) == 2
    assert await store.channels(Platform.SLACK) == []


async def test_a_persons_observations_come_newest_first_page_by_page(store: MoodStore) -> None:
    """More than a page, several at one moment, over channels: each once, in order."""
    rows = [
        observation(n, where=channel(f"c{n % 3}"), sent_at=TOP + timedelta(seconds=n // 4))
        for n in range(1_203)
    ]
    await store.record_many([*rows, observation(5_000, who="jun")])
    mine = [
        row async for row in store.observations_of(Platform.DISCORD, WORKSPACE, author("minji"))
    ]
    assert {row.ref for row in mine} == {row.ref for row in rows}
    assert len(mine) == len(rows)
    assert [row.sent_at for row in mine] == sorted((row.sent_at for row in rows), reverse=True)
    one = [
        row
        async for row in store.observations_of(
            Platform.DISCORD, WORKSPACE, author("minji"), channel="c1"
        )
    ]
    assert len(one) == 401


async def test_a_channels_preferences_are_its_own_its_categorys_and_its_workspaces(
    path: Path,
) -> None:
    """Other channels, categories and workspaces are not read, and a restart loses nothing."""
    decided = [
        (WORKSPACE, Level.WORKSPACE, "", "react"),
        (WORKSPACE, Level.CATEGORY, "games", "stats"),
        (WORKSPACE, Level.CATEGORY, "work", "label"),
        (WORKSPACE, Level.CHANNEL, "general", "off"),
        (WORKSPACE, Level.CHANNEL, "random", "label"),
        ("other", Level.WORKSPACE, "", "label"),
    ]
    async with opened(path) as store:
        for workspace, level, target, value in decided:
            await store.set_preference(Platform.DISCORD, workspace, level, target, "mode", value)
    async with opened(path) as store:
        found = await store.preferences(channel(), "games")
        assert {(one.level, one.key, one.value) for one in found} == {
            (Level.WORKSPACE, "mode", "react"),
            (Level.CATEGORY, "mode", "stats"),
            (Level.CHANNEL, "mode", "off"),
        }
        uncategorised = {one.value for one in await store.preferences(channel())}
        assert uncategorised == {"react", "off"}


async def test_a_preference_is_replaced_and_forgotten(store: MoodStore) -> None:
    """The last value counts; None takes the decision back."""
    place = (Platform.DISCORD, WORKSPACE, Level.CHANNEL, "general", "mode")
    for value in ("off", "stats"):
        await store.set_preference(*place, value)
    assert [one.value for one in await store.preferences(channel())] == ["stats"]
    await store.set_preference(*place, None)
    assert await store.preferences(channel()) == []


async def test_consent_is_kept_by_person_and_workspace(path: Path) -> None:
    """A choice holds across a restart, can change, and can be forgotten."""
    me = author("minji")
    async with opened(path) as store:
        assert await store.consent(Platform.DISCORD, WORKSPACE, me) is None
        await store.set_consent(Platform.DISCORD, WORKSPACE, me, Choice.IN)
        await store.set_consent(Platform.DISCORD, WORKSPACE, me, Choice.OUT)
    async with opened(path) as store:
        assert await store.consent(Platform.DISCORD, WORKSPACE, me) is Choice.OUT
        assert await store.consent(Platform.DISCORD, "other", me) is None
        await store.set_consent(Platform.DISCORD, WORKSPACE, me, None)
        assert await store.consent(Platform.DISCORD, WORKSPACE, me) is None


async def test_a_read_sees_every_write_that_has_returned(store: MoodStore) -> None:
    """Also with many readers and writers at once."""

    async def write_then_read(n: int) -> bool:
        row = observation(n)
        await store.record(row)
        return await store.find(row.ref) == row

    assert all(await asyncio.gather(*map(write_then_read, range(200))))


async def test_the_audit_finds_a_bucket_that_lies(store: MoodStore) -> None:
    """A count changed behind the store's back is named with both numbers."""
    await store.record(observation(0))
    await store._writer._db.run(lambda db: db.execute("UPDATE buckets SET count = 5"))
    [difference] = await store.audit()
    assert (difference.channel, difference.hour, difference.label) == (channel(), TOP, "joy")
    assert (difference.counted, difference.found) == (5, 1)
