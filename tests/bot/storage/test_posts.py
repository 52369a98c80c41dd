"""A post is claimed once, whoever asks, and again only when it failed."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

from bot.events import Platform
from bot.storage import MoodStore
from bot.storage.posts import LEASE
from tests.bot.storage.samples import START, WORKSPACE, channel, opened

DAY = timedelta(days=1)


async def claimed(
    store: MoodStore,
    due: datetime,
    *,
    plan: str = "daily 18:00",
    now: datetime | None = None,
    begin: bool = False,
) -> int | None:
    """The answer to a claim of the digest of #general."""
    return await store.claim_post(
        channel(), "digest", plan=plan, due=due, now=now or due, begin=begin
    )


async def test_a_new_plan_begins_with_the_next_time(store: MoodStore) -> None:
    """What was due before it was first seen is not sent, what comes after is, once."""
    assert await claimed(store, START) is None
    assert await claimed(store, START) is None
    assert await claimed(store, START + DAY) == 0
    assert await claimed(store, START + DAY) is None
    assert await claimed(store, START) is None


async def test_a_changed_plan_is_a_new_one(store: MoodStore) -> None:
    """Another time of day begins anew, and may begin at once."""
    assert await claimed(store, START, begin=True) == 0
    assert await claimed(store, START + DAY, plan="daily 20:00") is None
    assert await claimed(store, START + 2 * DAY, plan="daily 20:00") == 0


async def test_many_processes_claim_it_once(path: Path) -> None:
    """Three stores on one file, asking at the same time for several days: one gets each."""
    async with opened(path) as one, opened(path) as two, opened(path) as three:
        await claimed(one, START)
        for day in range(1, 6):
            asked = [claimed(it, START + day * DAY) for it in (one, two, three) for _ in range(4)]
            answers = await asyncio.gather(*asked)
            assert [answer for answer in answers if answer is not None] == [0]


async def test_a_restart_remembers(path: Path) -> None:
    """What was settled before a restart is not claimed after it, however late."""
    async with opened(path) as store:
        assert await claimed(store, START, begin=True) == 0
        await store.settle_post(channel(), "digest")
    async with opened(path) as store:
        assert await claimed(store, START, now=START + DAY / 2) is None


async def test_a_crash_leaves_it_to_the_next_after_a_while(path: Path) -> None:
    """A claim that nothing settled holds for its lease, and is then a failure like any other."""
    for failures in range(3):
        async with opened(path) as store:
            now = START + failures * LEASE
            assert await claimed(store, START, now=now, begin=True) == failures
            assert await claimed(store, START, now=now + LEASE * 0.99) is None
    async with opened(path) as store:
        assert await claimed(store, START + DAY) == 0


async def test_a_failed_one_waits_and_is_then_given_up(store: MoodStore) -> None:
    """It may be claimed from its time on, with its failures counted; the next starts afresh."""
    minute = timedelta(minutes=1)
    assert await claimed(store, START, begin=True) == 0
    await store.settle_post(channel(), "digest", START + minute)
    assert await claimed(store, START, now=START) is None
    assert await claimed(store, START, now=START + minute) == 1
    assert await claimed(store, START, now=START + minute) is None
    await store.settle_post(channel(), "digest")
    assert await claimed(store, START, now=START + DAY / 2) is None
    assert await claimed(store, START + DAY) == 0


async def test_kinds_and_channels_are_apart_and_are_purged(store: MoodStore) -> None:
    """A note is no digest; a purge of channel or workspace forgets them."""
    assert await claimed(store, START, begin=True) == 0
    for kind, where in (("shift", channel()), ("digest", channel("random"))):
        claim = store.claim_post(where, kind, plan="", due=START, now=START, begin=True)
        assert await claim == 0
    await store.purge_channel(channel())
    assert await claimed(store, START, begin=True) == 0
    await store.purge_workspace(Platform.DISCORD, WORKSPACE)
    assert await claimed(store, START, begin=True) == 0


async def test_posts_keep_their_distance(store: MoodStore) -> None:
    """With a day between them an hour later is too soon; a failed one may still be repeated."""
    hour = timedelta(hours=1)

    async def asked(due: datetime) -> int | None:
        return await store.claim_post(
            channel(), "shift", plan="", due=due, now=due, begin=True, apart=DAY
        )

    assert await asked(START) == 0
    await store.settle_post(channel(), "shift")
    assert await asked(START + 23 * hour) is None
    assert await asked(START + DAY) == 0
    await store.settle_post(channel(), "shift", START + DAY + hour)
    assert await asked(START + DAY + hour) == 1
    await store.settle_post(channel(), "shift")
    assert await asked(START + DAY + 2 * hour) is None
    assert await asked(START + 2 * DAY + hour) == 0
