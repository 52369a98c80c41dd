"""The scenario behind PRIVACY.md: a whole chat is played, then every table and byte is searched."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from adapters.replay import open_log
from adapters.slack.seal import Seal
from bot.cli.replay import deliver
from bot.clock import ManualClock
from bot.commands.dispatch import Commands
from bot.dashboard.door import Door
from bot.dashboard.overview import overview
from bot.digest import post_digests
from bot.events import ChannelRef, CommandRequest, Kind, MessageEvent, Platform, Reply, Source, Tone
from bot.replay import SAMPLE
from bot.service import Bot
from bot.shift import tell_shifts
from classifier.base import Language
from tests.bot.wall import Wall
from tests.core import PSEUDONYMS, opened_bot

EVENTS = [delivery.event for delivery in open_log(SAMPLE)]
SAID = [event for event in EVENTS if event.source is Source.PERSON and event.text]
WORKSPACE = (SAID[0].ref.channel.platform, SAID[0].ref.channel.workspace)
LEAVER, DELETER, STAYER = "라떼", "수박", "보리"
TOKEN = "xoxb-2468101214-a-token-of-a-workspace"
RUN = 16  # bytes of a text, five Korean syllables: more than chance puts side by side


async def play(path: Path, *, corrections: str = "label") -> None:
    """The sample chat through the real path, then what people and managers do afterwards.

    Authors get ids as long as a platform's, which no other bytes can look like.
    """
    clock = ManualClock(EVENTS[-1].revised_at)
    async with opened_bot(path, clock=clock) as bot:
        for event in EVENTS:
            await deliver(bot, as_person(event))
        await ask(bot, STAYER, f"settings corrections {corrections}")
        for corrector in (LEAVER, DELETER, STAYER):
            for author in (LEAVER, DELETER, STAYER):
                await correct(bot, corrector, last_of(author))
        assert (await bot.store.count_corrections(*WORKSPACE)).kept == 9
        for author, words in (
            (LEAVER, "privacy opt-out"),
            (DELETER, "privacy delete"),
            (STAYER, "privacy opt-in"),
            (STAYER, "settings channel cooldown 30s"),
            (STAYER, "settings shift_channel <#900>"),
            (STAYER, f"settings ignored_users <@{person('누군가')}>"),
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
        with closing(Door(b"k" * 32, "http://127.0.0.1", clock)) as door:
            await visit(bot, door)
        await bot.store.note_history(SAID[0].ref.channel, EVENTS[0].sent_at, "900")
        await bot.store.note_gaps(Platform.CONSOLE, {WORKSPACE[1]: EVENTS[0].sent_at})
        sealed = Seal("k" * 32).close("T1", TOKEN.encode())
        await bot.store.keep_installation(Platform.SLACK, "T1", sealed)


async def ask(
    bot: Bot, author: str, words: str, *, target: MessageEvent | None = None
) -> tuple[CommandRequest, Reply]:
    """Ask `/emotion WORDS` as `author`, a manager."""
    request = CommandRequest(
        channel=SAID[0].ref.channel,
        author=person(author),
        text=words,
        is_manager=True,
        target=target,
    )
    return request, await Commands(bot).answer(request)


async def visit(bot: Bot, door: Door) -> None:
    """Look at the dashboard as a manager."""

    async def can_read(_: ChannelRef) -> bool:
        return True

    request = CommandRequest(
        channel=SAID[0].ref.channel,
        author=person(STAYER),
        text="dashboard",
        is_manager=True,
        can_read=can_read,
    )
    reply = await Commands(bot, door).answer(request)
    assert reply.link
    session = door.session(door.enter(reply.link.address.partition("#")[2]))
    assert await overview(bot, session, Language.EN, since=None)


async def correct(bot: Bot, corrector: str, message: MessageEvent) -> None:
    """Say that a message's label was wrong."""
    request, reply = await ask(bot, corrector, "why", target=as_person(message))
    assert reply.offer
    thanks = await Commands(bot).correct(request, reply.offer.ticket, "surprise")
    assert thanks.tone is Tone.GOOD


def last_of(author: str) -> MessageEvent:
    """A person's last message that was said in words and still stands as it was."""
    changed = {event.ref for event in EVENTS if event.kind is not Kind.NEW}
    return next(
        it
        for it in reversed(SAID)
        if it.author == author and it.ref not in changed and len(it.text) > 12
    )


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
