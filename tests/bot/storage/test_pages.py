"""Long reads come in pages that leave nothing out and repeat nothing."""

from datetime import timedelta

import pytest

from bot.storage import MoodStore, pages
from tests.bot.storage.samples import LABELS, START, channel, observation

END = START + timedelta(days=300)


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven rows a page, so that a few dozen rows have many edges."""
    for name in ("_BUCKETS", "_OBSERVATIONS"):
        sql = getattr(pages, name).replace(f"LIMIT {pages.PAGE}", "LIMIT 7")
        monkeypatch.setattr(pages, name, sql)
    monkeypatch.setattr(pages, "PAGE", 7)


@pytest.mark.parametrize("count", [0, 1, 6, 7, 8, 40])
async def test_pages_hold_each_observation_once(store: MoodStore, count: int) -> None:
    """All observations of the channel, whatever the number of pages; no page is empty."""
    mine = [observation(n, label=LABELS[n % 4]) for n in range(count)]
    await store.record_many([*mine, observation(0, where=channel("other"))])
    found = [page async for page in store.observation_pages(channel(), START, END)]
    assert all(0 < len(page) <= 7 for page in found)
    assert sorted((row for page in found for row in page), key=lambda it: it.sent_at) == mine


async def test_pages_hold_what_the_whole_read_holds(store: MoodStore) -> None:
    """The buckets of a window, unscored ones too, as `buckets` gives them at once."""
    await store.record_many([observation(n, label=LABELS[n % 4]) for n in range(90)])
    for days in (0, 0.1, 0.3, 9):
        span = (channel(), START + timedelta(hours=1), START + timedelta(days=days, hours=2))
        found = [page async for page in store.bucket_pages(*span)]
        assert [row for page in found for row in page] == await store.buckets(*span)


async def test_a_window_of_observations_begins_and_ends_where_it_says(store: MoodStore) -> None:
    """The first moment is inside, the last is not."""
    await store.record_many([observation(n) for n in range(5)])
    start, end = (START + timedelta(minutes=7 * n) for n in (1, 3))
    [page] = [page async for page in store.observation_pages(channel(), start, end)]
    assert [row.sent_at for row in page] == [start, START + timedelta(minutes=14)]


async def test_people_are_counted_by_the_hour(store: MoodStore) -> None:
    """Each hour counts its authors once; hours with nobody are left out."""
    hour = START.replace(minute=0)
    for number, (minute, who) in enumerate([(5, "a"), (6, "a"), (50, "b"), (125, "a")]):
        await store.record(observation(number, who=who, sent_at=hour + timedelta(minutes=minute)))
    assert await store.people_by_hour(channel(), hour, END) == {
        hour: 2,
        hour + timedelta(hours=2): 1,
    }
