import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from bot.events import Platform
from bot.storage import Choice, Level, MoodStore
from bot.storage.batch import PIECE, TOMBSTONE_LIFE
from tests.bot.storage.samples import (
    PSEUDONYMS,
    START,
    WORKSPACE,
    author,
    channel,
    counted,
    observation,
    opened,
    ref,
)

HERE = (Platform.DISCORD, WORKSPACE)
DAY = timedelta(days=1)


def cells(path: Path) -> Iterator[tuple[str, object]]:
    """Every value of every table, with the table's name."""
    with closing(sqlite3.connect(path)) as db:
        names = [
            name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        for name in names:
            for row in db.execute(f"SELECT * FROM {name}"):
                yield from ((name, value) for value in row)


def files(path: Path) -> bytes:
    """All bytes of the database and of what SQLite keeps beside it."""
    return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


async def test_erasing_a_person_takes_their_rows_and_counts(store: MoodStore) -> None:
    """More than a piece of one person's messages go, in all channels; others stay."""
    mine = [observation(n, where=channel(f"c{n % 2}")) for n in range(PIECE + 5)]
    other = observation(9_000, who="jun")
    elsewhere = observation(9_001, where=channel(workspace="other"))
    await store.record_many([*mine, other, elsewhere])
    assert await store.erase(*HERE, author("minji")) == len(mine)
    assert sum((await counted(store)).values()) == 2
    assert await store.audit() == []
    assert await store.find(other.ref) == other
    assert await store.find(elsewhere.ref) == elsewhere


async def test_erased_messages_do_not_come_back_with_the_history(store: MoodStore) -> None:
    """Reading the channel again counts nothing of the person; a new message counts."""
    await store.record(observation(0))
    await store.erase(*HERE, author("minji"))
    changes = await store.record_many([observation(0), observation(0, 3), observation(1)])
    assert [change.applied for change in changes] == [False, False, True]


async def test_no_table_and_no_byte_holds_an_erased_person(path: Path) -> None:
    """The pseudonym is gone from rows, free pages and journal; only an opt-out may keep it."""
    me, other = author("minji"), author("jun")
    async with opened(path) as store:
        await store.record_many([observation(n) for n in range(3_000)])
        await store.record_many([observation(n, who="jun") for n in range(5_000, 5_400)])
        assert me in files(path)
        await store.erase(*HERE, me)
        assert me not in files(path)
        assert other in files(path)
        await store.set_consent(*HERE, me, Choice.OUT)
        assert {table for table, value in cells(path) if value == me} == {"consent"}


async def test_the_database_holds_no_plain_author_id(path: Path) -> None:
    """Neither while it is used nor when it is closed."""
    who = "someone-with-a-long-enough-id-398475"
    async with opened(path) as store:
        await store.record(observation(0, who=who))
        await store.remove(ref(0))
        assert PSEUDONYMS.message(ref(0)) in files(path)
        assert who.encode() not in files(path)
    assert who.encode() not in files(path)


async def test_purging_a_workspace_leaves_its_opt_outs_alone(store: MoodStore, path: Path) -> None:
    """Channels, observations, counts, preferences and opt-ins go; opt-outs hold."""
    await store.record_many([observation(n) for n in range(5)])
    await store.record(observation(0, where=channel(workspace="other")))
    await store.set_preference(*HERE, Level.WORKSPACE, "", "mode", "off")
    await store.set_consent(*HERE, author("minji"), Choice.IN)
    await store.set_consent(*HERE, author("jun"), Choice.OUT)
    assert await store.purge_workspace(*HERE) == 5
    assert [known.channel.workspace for known in await store.channels()] == ["other"]
    assert await store.preferences(channel()) == []
    assert await store.consent(*HERE, author("minji")) is None
    assert await store.consent(*HERE, author("jun")) is Choice.OUT
    assert {table for table, value in cells(path) if value == WORKSPACE} == {"consent"}
    assert await store.audit() == []


async def test_a_purged_channel_can_begin_again(store: MoodStore) -> None:
    """Its old messages count anew, under an id of their own."""
    await store.record(observation(0), channel_name="general")
    await store.record(observation(1, where=channel("random")))
    await store.set_preference(*HERE, Level.CHANNEL, "general", "mode", "off")
    assert await store.purge_channel(channel()) == 1
    assert await store.preferences(channel()) == []
    assert [known.channel for known in await store.channels()] == [channel("random")]
    assert (await store.record(observation(0))).applied
    assert sum((await counted(store)).values()) == 2
    assert await store.audit() == []


async def test_a_channel_purged_by_another_process_is_noticed(path: Path) -> None:
    """No count lands in a channel that the command line purged beside a running bot."""
    async with opened(path) as bot, opened(path) as command:
        await bot.record(observation(0))
        await command.purge_channel(channel())
        await command.record(observation(1, where=channel("random")))
        await bot.record(observation(2))
        assert {known.channel: known.messages for known in await bot.channels()} == {
            channel(): 1,
            channel("random"): 1,
        }
        assert await bot.audit() == []


async def test_expired_observations_leave_their_buckets(store: MoodStore) -> None:
    """Whole hours before the limit lose their rows; counts stay and the audit still holds."""
    rows = [observation(n, sent_at=START + n * DAY, who=f"p{n % 3}") for n in range(10)]
    await store.record_many(rows)
    before = await counted(store)
    assert await store.expire(*HERE, START + 4 * DAY) == 4
    assert await counted(store) == before
    assert await store.find(rows[3].ref) is None
    assert await store.find(rows[4].ref) == rows[4]
    assert await store.audit() == []
    assert await store.expire(*HERE, START + 4 * DAY) == 0


async def test_an_hour_expires_whole_or_not_at_all(store: MoodStore) -> None:
    """A limit within an hour spares the hour."""
    await store.record(observation(0, sent_at=START))
    assert await store.expire(*HERE, START + timedelta(minutes=5)) == 0


async def test_an_expired_message_is_not_counted_twice(store: MoodStore) -> None:
    """Its redelivery, an edit, and others from expired hours are refused; later ones count."""
    await store.record_many([observation(0, sent_at=START), observation(1, sent_at=START + DAY)])
    await store.expire(*HERE, START + DAY)
    before = await counted(store)
    changes = await store.record_many(
        [
            observation(0, sent_at=START),
            observation(0, 1, sent_at=START, label="anger"),
            observation(2, sent_at=START - DAY),
        ]
    )
    assert not any(change.applied for change in changes)
    assert await counted(store) == before
    assert (await store.record(observation(3, sent_at=START + DAY))).applied
    assert await store.audit() == []


async def test_a_channel_that_lost_nothing_still_takes_old_messages(store: MoodStore) -> None:
    """Retention that found nothing does not stand in the way of an old log."""
    await store.record(observation(0, sent_at=START))
    await store.expire(*HERE, START - 300 * DAY)
    assert (await store.record(observation(1, sent_at=START - 400 * DAY))).applied


async def test_old_tombstones_expire(path: Path) -> None:
    """They stay for their time, then the message's key goes too."""
    key = PSEUDONYMS.message(ref(0))
    async with opened(path) as store:
        await store.remove(ref(0))
    async with opened(path, at=START + TOMBSTONE_LIFE - DAY) as store:
        await store.expire(*HERE, START)
        assert key in files(path)
    async with opened(path, at=START + TOMBSTONE_LIFE + DAY) as store:
        await store.expire(*HERE, START)
        assert key not in files(path)
