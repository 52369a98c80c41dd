"""PRIVACY.md kept: a whole chat is played, then every table and every byte is searched."""

import asyncio
import logging
import re
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.cli.replay import deliver
from bot.clock import ManualClock
from bot.events import (
    Kind,
    MessageRef,
)
from bot.export import Form, Page, Table, bucket_rows, correction_rows, export, observation_rows
from bot.service import Bot
from tests.core import PSEUDONYMS, opened_bot
from tests.scenarios.privacy_stage import (
    DELETER,
    EVENTS,
    LEAVER,
    SAID,
    STAYER,
    TOKEN,
    as_person,
    ask,
    files,
    found,
    person,
    play,
    pseudonym,
    runs,
    tables,
    values,
)

pytestmark = pytest.mark.slow

PAGE = Path(__file__).parents[2] / "PRIVACY.md"


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


def test_every_table_is_searched(played: Path) -> None:
    """The scenario leaves something in each table there is: none is clean for being empty."""
    assert [name for name, rows in tables(played).items() if not rows] == []


def test_no_text_is_kept(played: Path) -> None:
    """No sixteen bytes of any message, edit or command are in a table or in a file."""
    texts = runs(event.text for event in EVENTS if event.text)
    assert found(texts, values(played)) == []
    assert found(texts, files(played)) == []


def test_no_person_is_kept(played: Path) -> None:
    """No author's id is in a table or in a file."""
    authors = {event.author for event in EVENTS if event.author} | {"누군가"}
    ids = [person(author).encode() for author in authors]
    assert any(row[4] == "ignored_users" for row in tables(played)["preferences"])
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
            count = await export(_pages(bot, table), table, Form.CSV, out)
            assert count == 0 if table is Table.CORRECTIONS else count > 50
            written = out.read_bytes()
            assert found([*texts, *people, pseudonym(STAYER)], written) == []
            assert not set(ids) & set(re.split(r"[,\s]", written.decode()))


async def _pages(bot: Bot, table: Table) -> AsyncIterator[Page]:
    always = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
    for known in await bot.store.channels():
        if table is Table.BUCKETS:
            async for buckets in bot.store.bucket_pages(known.channel, *always):
                yield bucket_rows(known, buckets)
        elif table is Table.CORRECTIONS:
            async for corrections in bot.store.correction_pages(known.channel, *always):
                assert corrections
                yield correction_rows(corrections)
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
