"""PRIVACY.md kept: a whole chat is played, then every table and every byte is searched."""

import asyncio
import logging
import re
import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.replay import open_log
from adapters.slack.seal import Seal
from bot.cli.replay import deliver
from bot.clock import ManualClock
from bot.commands.dispatch import Commands
from bot.digest import post_digests
from bot.events import CommandRequest, Kind, MessageEvent, MessageRef, Platform, Source
from bot.export import Form, Page, Table, bucket_rows, export, observation_rows
from bot.replay import SAMPLE
from bot.service import Bot
from bot.shift import tell_shifts
from tests.bot.wall import Wall
from tests.core import PSEUDONYMS, opened_bot

pytestmark = pytest.mark.slow

PAGE = Path(__file__).parents[2] / "PRIVACY.md"
EVENTS = [delivery.event for delivery in open_log(SAMPLE)]
SAID = [event for event in EVENTS if event.source is Source.PERSON and event.text]
LEAVER, DELETER, STAYER = "라떼", "수박", "보리"
TOKEN = "xoxb-2468101214-a-token-of-a-workspace"
RUN = 16  # bytes of a text, five Korean syllables: more than chance puts side by side


async def play(path: Path) -> None:
    """The sample chat through the real path, then what people and managers do afterwards.

    Authors get ids as long as a platform's, which no other bytes can look like.
    """
    clock = ManualClock(EVENTS[-1].revised_at)
    async with opened_bot(path, clock=clock) as bot:
        for event in EVENTS:
            await deliver(bot, as_person(event))
        for author, words in (
            (LEAVER, "privacy opt-out"),
            (DELETER, "privacy delete"),
            (STAYER, "privacy opt-in"),
            (STAYER, "settings channel cooldown 30s"),
            (STAYER, "settings shift_channel <#900>"),
            (STAYER, "digest weekly sun 18:00"),
            (STAYER, "export 7d"),
            (STAYER, "channel 7d"),
            (STAYER, SAID[0].text),
        ):
            await ask(bot, author, words)
        wall = Wall()
        for later in range(3):
            clock.set(EVENTS[-1].revised_at + timedelta(days=later))
            await post_digests(bot, {Platform.CONSOLE: wall})
            await tell_shifts(bot, {Platform.CONSOLE: wall})
        assert wall.posted
        sealed = Seal("k" * 32).close("T1", TOKEN.encode())
        await bot.store.keep_installation(Platform.SLACK, "T1", sealed)


async def ask(bot: Bot, author: str, words: str) -> None:
    """Ask `/emotion WORDS` as `author`, a manager."""
    request = CommandRequest(
        channel=SAID[0].ref.channel, author=person(author), text=words, is_manager=True
    )
    await Commands(bot).answer(request)


def as_person(event: MessageEvent) -> MessageEvent:
    """The event with its author under a platform's kind of id."""
    return replace(event, author=person(event.author)) if event.author else event


def person(author: str) -> str:
    """The author's id on a platform, of 19 digits."""
    return str(10**18 + int.from_bytes(author.encode()) % 10**18)


def pseudonym(author: str) -> bytes:
    """What the store knows the author by."""
    return PSEUDONYMS.author(SAID[0].ref.channel, person(author))


def tables(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with closing(sqlite3.connect(path)) as db:
        names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        return {name: db.execute(f"SELECT * FROM {name}").fetchall() for name in names}


def values(path: Path) -> bytes:
    """All values of all tables as one text, so that a part of a value is found too."""
    rows = (row for rows in tables(path).values() for row in rows)
    return b"\n".join(
        value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row
    )


def files(path: Path) -> bytes:
    """All bytes of the database and of whatever lies beside it."""
    return b"".join(file.read_bytes() for file in sorted(path.parent.iterdir()))


def runs(texts: Iterable[str]) -> set[bytes]:
    """All runs of RUN bytes in `texts`."""
    encoded = [text.encode() for text in texts]
    return {text[start : start + RUN] for text in encoded for start in range(len(text) - RUN + 1)}


def found(needles: Iterable[bytes], hay: bytes) -> list[bytes]:
    """The needles that are in the haystack."""
    return [needle for needle in needles if needle in hay]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database after the whole scenario, closed."""
    path = tmp_path_factory.mktemp("privacy") / "maeum.db"
    asyncio.run(play(path))
    return path


def test_the_search_finds_what_is_there(played: Path) -> None:
    """Ids of messages, names of channels and keyed hashes are found, so the search can find."""
    kept = [SAID[-1].ref.message.encode(), SAID[-1].ref.channel.channel.encode()]
    for hay in (values(played), files(played)):
        assert found([*kept, pseudonym(STAYER)], hay) == [*kept, pseudonym(STAYER)]
    assert len(tables(played)["observations"]) > 80
    assert len(runs(event.text for event in SAID)) > 3_000


def test_no_text_is_kept(played: Path) -> None:
    """No sixteen bytes of any message, edit or command are in a table or in a file."""
    texts = runs(event.text for event in EVENTS if event.text)
    assert found(texts, values(played)) == []
    assert found(texts, files(played)) == []


def test_no_person_is_kept(played: Path) -> None:
    """No author's id is in a table or in a file."""
    authors = {event.author for event in EVENTS if event.author}
    ids = [person(author).encode() for author in authors]
    assert len(ids) > 10
    assert found(ids, values(played)) == []
    assert found(ids, files(played)) == []


def test_no_token_is_kept_in_the_clear(played: Path) -> None:
    """An installed workspace's token is there only sealed."""
    assert len(tables(played)["installations"]) == 1
    assert TOKEN.encode() not in files(played)


@pytest.mark.parametrize(("author", "left_in"), [(LEAVER, {"consent"}), (DELETER, set())])
def test_a_person_who_leaves_leaves_nothing(played: Path, author: str, left_in: set[str]) -> None:
    """After delete no table and no byte holds them; after opt-out only their choice does."""
    me = pseudonym(author)
    assert {name for name, rows in tables(played).items() for row in rows if me in row} == left_in
    assert files(played).count(me) == len(left_in)
    mine = {event.ref for event in EVENTS if event.author == author}
    kept = {row[1] for row in tables(played)["observations"]}
    assert len(mine) > 10
    assert kept.isdisjoint(ref.message for ref in mine)


async def test_what_they_wrote_is_out_of_the_counts(tmp_path: Path) -> None:
    """With everybody gone the hourly counts are gone as well."""
    async with opened_bot(tmp_path / "maeum.db", clock=ManualClock(EVENTS[-1].sent_at)) as bot:
        for event in EVENTS:
            await deliver(bot, as_person(event))
        assert sum(known.messages for known in await bot.store.channels()) > 80
        for author in {event.author for event in EVENTS if event.author}:
            await ask(bot, author, "privacy delete")
        assert sum(known.messages for known in await bot.store.channels()) == 0
        assert tables(tmp_path / "maeum.db")["buckets"] == []


async def test_no_export_holds_words_or_people(played: Path, tmp_path: Path) -> None:
    """Counts and observations in a file tell no text, no author, not even a message's id."""
    texts, ids = runs(event.text for event in SAID), [event.ref.message for event in SAID]
    people = [person(event.author).encode() for event in SAID]
    async with opened_bot(played, clock=ManualClock(EVENTS[-1].sent_at)) as bot:
        for table in Table:
            out = tmp_path / f"{table}.csv"
            assert await export(_pages(bot, table), table, Form.CSV, out) > 50
            written = out.read_bytes()
            assert found([*texts, *people, pseudonym(STAYER)], written) == []
            assert not set(ids) & set(re.split(r"[,\s]", written.decode()))


async def _pages(bot: Bot, table: Table) -> AsyncIterator[Page]:
    always = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
    for known in await bot.store.channels():
        if table is Table.BUCKETS:
            async for buckets in bot.store.bucket_pages(known.channel, *always):
                yield bucket_rows(known, buckets)
        else:
            async for observations in bot.store.observation_pages(known.channel, *always):
                yield observation_rows(known, observations)


async def test_leaving_purges_all_but_opt_outs(tmp_path: Path) -> None:
    """A workspace that removes the bot leaves the opt-outs and nothing that names it besides."""
    path = tmp_path / "maeum.db"
    here = SAID[0].ref.channel
    await play(path)
    async with opened_bot(path, clock=ManualClock(EVENTS[-1].sent_at)) as bot:
        await bot.store.purge_workspace(here.platform, here.workspace)
    left = {
        name: rows
        for name, rows in tables(path).items()
        if any(here.workspace in row for row in rows)
    }
    assert set(left) == {"consent"}
    assert [row[2:4] for row in left["consent"]] == [(pseudonym(LEAVER), "out")]
    assert tables(path)["observations"] == []
    assert tables(path)["buckets"] == []


async def test_no_log_holds_words_or_people(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """At the most talkative level our own loggers tell no text and no id."""
    with caplog.at_level(logging.DEBUG):
        await play(tmp_path / "maeum.db")
    ours = [it for it in caplog.records if it.name.split(".")[0] in ("bot", "classifier")]
    said = "\n".join(record.getMessage() for record in ours).encode()
    assert found(runs(event.text for event in SAID), said) == []
    assert found([person(event.author).encode() for event in SAID], said) == []


def test_a_deleted_message_stays_only_as_a_hash(played: Path) -> None:
    """A deletion leaves the message's keyed hash, and its id nowhere."""
    gone = [event.ref for event in EVENTS if event.kind is Kind.DELETED]
    keys = {row[0] for row in tables(played)["tombstones"]}
    assert gone
    for ref in gone:
        assert PSEUDONYMS.message(ref) in keys
        assert not _rows_of(played, ref)


def _rows_of(path: Path, ref: MessageRef) -> list[tuple[object, ...]]:
    return [row for row in tables(path)["observations"] if row[1] == ref.message]


def _documented(part: str) -> Iterator[tuple[str, list[str]]]:
    """The tables that a half of the page lists, with the columns it names."""
    for line in part.splitlines():
        if match := re.match(r"\| `(\w+)` \|", line):
            yield match[1], line.split("|")[3].replace("`", "").split()


def test_the_page_lists_every_table_and_column(played: Path) -> None:
    """PRIVACY.md names the database's tables in both languages, and all their columns."""
    english, korean = PAGE.read_text(encoding="utf-8").split("\n# 개인정보\n")
    with closing(sqlite3.connect(played)) as db:
        real = {
            name: [row[1] for row in db.execute(f"PRAGMA table_info({name})")]
            for name in tables(played)
        }
    assert dict(_documented(english)) == real
    assert set(dict(_documented(korean))) == set(real)
