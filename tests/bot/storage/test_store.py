import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.events import Reaction
from bot.storage import Choice, MoodStore
from bot.storage.batch import PIECE
from bot.storage.fold import Operation, Put
from tests.bot.storage.samples import (
    WORKSPACE,
    author,
    channel,
    counted,
    observation,
    opened,
    recount,
    ref,
)
from tests.bot.storage.test_fold import DELIVERIES

SMILE = Reaction(emoji="😄", slack="smile")


async def deliver(store: MoodStore, operation: Operation) -> bool:
    """Bring one operation to the store; whether it was applied."""
    if isinstance(operation, Put):
        return (await store.record(operation.observation)).applied
    return (await store.remove(operation.ref)).applied


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(deliveries=DELIVERIES, together=st.booleans(), data=st.data())
def test_any_order_of_deliveries_counts_the_survivors(
    deliveries: list[Operation], together: bool, data: st.DataObject
) -> None:
    """On the real database, one by one or all at once, twice over: a recount's totals."""
    shuffled = data.draw(st.permutations(deliveries))

    async def run(path: Path) -> None:
        async with opened(path) as store:
            if together:
                await asyncio.gather(*(deliver(store, one) for one in shuffled))
            else:
                for one in shuffled:
                    await deliver(store, one)
            again = await asyncio.gather(*(deliver(store, one) for one in deliveries))
            assert not any(again)
            assert await counted(store) == recount(deliveries)
            assert await store.audit() == []

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder) / "maeum.db"))


async def test_an_observation_comes_back_as_it_was(store: MoodStore) -> None:
    """All fields survive the database, microseconds and the unscored label included."""
    row = replace(observation(3, label=None), reaction=SMILE)
    row = replace(row, sent_at=row.sent_at.replace(microsecond=123457))
    assert (await store.record(row)).applied
    assert await store.find(row.ref) == row
    assert await store.find(ref(4)) is None


async def test_an_edit_moves_the_count_and_tells_what_was(store: MoodStore) -> None:
    """The bucket of the old label loses what that of the new one gains."""
    first, edited = observation(0, label="joy"), observation(0, 5, label="anger")
    await store.record(first)
    await store.reacted(first.ref, SMILE)
    change = await store.record(edited)
    assert change.before == replace(first, reaction=SMILE)
    assert [label for _, _, label in await counted(store)] == ["anger"]
    await store.reacted(first.ref, None)
    assert await store.find(first.ref) == edited


async def test_a_removed_message_never_counts_again(store: MoodStore) -> None:
    """Neither its redelivery nor a later edit brings it back."""
    await store.record(observation(0))
    removed = await store.remove(ref(0))
    assert removed.before == observation(0)
    assert not (await store.record(observation(0, 9))).applied
    assert not (await store.remove(ref(0))).applied
    assert not await counted(store)


async def test_a_batch_larger_than_a_piece_is_one_write(store: MoodStore) -> None:
    """Thousands of rows with an edit of each: the answers keep their order."""
    count = PIECE * 2 + 7
    rows = [observation(n) for n in range(count)]
    rows += [observation(n, 1, label="anger") for n in range(count)]
    changes = await store.record_many(rows)
    assert [change.before for change in changes] == [None] * count + rows[:count]
    assert (await store.channels())[0].messages == count
    assert await store.audit() == []
    assert await store.record_many([]) == []


async def test_what_was_acknowledged_is_there_after_closing(path: Path) -> None:
    """A store opened again knows everything it had answered for."""
    async with opened(path) as store:
        await store.record(observation(0), channel_name="일반")
        await store.remove(ref(1))
    async with opened(path) as store:
        assert await store.find(ref(0)) == observation(0)
        assert not (await store.record(observation(1))).applied
        [known] = await store.channels()
        assert (known.channel, known.name, known.messages) == (channel(), "일반", 1)


async def test_an_opt_out_overtakes_a_message_that_was_under_way(store: MoodStore) -> None:
    """Whoever opts out while a message is being classified is not counted by it."""
    me, row = author("minji"), observation(0)
    here = (row.ref.channel.platform, WORKSPACE)
    await store.set_consent(*here, me, Choice.OUT)
    assert not (await store.record(row)).applied
    assert (await store.record(observation(1, who="jun"))).applied
    await store.set_consent(*here, me, Choice.IN)
    assert (await store.record(observation(2))).applied
    assert await store.audit() == []
