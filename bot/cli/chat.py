"""`maeum chat` and `maeum demo`: the terminal as a platform, live or from a log."""

import asyncio
import uuid
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from adapters.console import Terminal, printable
from adapters.replay import Log, open_log
from bot.charts.engine import load as load_charts
from bot.cli.compose import open_bot
from bot.cli.feed import read_ahead
from bot.cli.output import make_folder, show_moods, show_reply
from bot.cli.replay import Replayed, deliver, run_through, watch
from bot.cli.rows import read_standard_input
from bot.clock import Clock, ManualClock, SystemClock
from bot.commands.dispatch import Commands
from bot.commands.grammar import Why, parse
from bot.digest import digesting
from bot.errors import BadInput
from bot.events import ChannelRef, CommandRequest, Kind, MessageEvent, MessageRef, Platform
from bot.locale import text
from bot.replay import SAMPLE
from bot.retention import sweeping
from bot.service import Bot
from bot.settings import Settings
from bot.shift import watching_moods

_WATCHED = 512 * 1024  # bytes of a log that still make pleasant reading; a longer one gets a bar
_COMMAND = "/emotion"
_HERE = ChannelRef(platform=Platform.CONSOLE, workspace="terminal", channel="terminal")
_ME = "you"


async def demo(settings: Settings, folder: Path) -> None:
    """The sample chat through the whole path, then each channel's mood with its chart."""
    await asyncio.to_thread(_start_afresh, settings.database)
    clock = ManualClock(SystemClock().now())
    terminal = _terminal(settings)
    async with open_bot(settings, clock) as bot:
        charts = asyncio.create_task(asyncio.to_thread(load_charts))  # while the chat runs
        replayed = await watch(bot, open_log(SAMPLE), clock, terminal.show_outcome)
        await charts
        await show_moods(terminal, Commands(bot), replayed.channels, folder)
    terminal.say(text("console.demo_next", settings.locale, database=settings.database))


async def replay_log(settings: Settings, path: Path) -> None:
    """A log through the whole path, into the database of the settings; then each channel's mood."""
    log = open_log(path)
    clock = ManualClock(SystemClock().now())
    terminal = _terminal(settings)
    async with open_bot(settings, clock) as bot:
        if log.total <= _WATCHED:
            replayed = await watch(bot, log, clock, terminal.show_outcome)
        else:
            replayed = await _with_progress(bot, log, clock, terminal)
        await show_moods(terminal, Commands(bot), replayed.channels, None)
    _report(terminal, settings, log, replayed)


async def chat(settings: Settings) -> None:
    """A chat with the bot alone: each line is a message, `/emotion …` a command."""
    clock = SystemClock()
    terminal = _terminal(settings)
    # The only person in a terminal may see a mood that is theirs alone.
    async with (
        open_bot(settings, clock, min_people=1) as bot,
        sweeping(bot),
        digesting(bot, {Platform.CONSOLE: terminal}),
        watching_moods(bot, {Platform.CONSOLE: terminal}),
    ):
        commands = Commands(bot)
        terminal.say(text("console.chat_hint", settings.locale))
        last: MessageEvent | None = None
        terminal.prompt()
        async for line in read_ahead(read_standard_input(), limit=1):
            if line.split(maxsplit=1)[0] == _COMMAND:
                reply = await commands.answer(_request(line, last))
                await show_reply(terminal, reply, Path())
            else:
                last = _message(line, clock)
                terminal.show_verdict(await deliver(bot, last))
            terminal.prompt()


def _request(line: str, last: MessageEvent | None) -> CommandRequest:
    """A typed command; `why`, which a platform offers on a message, is about the last one."""
    words = line.strip().removeprefix(_COMMAND)
    return CommandRequest(
        channel=_HERE,
        channel_name=_HERE.channel,
        author=_ME,
        text=words,
        is_manager=True,
        target=last if isinstance(parse(words), Why) else None,
    )


def _start_afresh(database: Path) -> None:
    """Remove an earlier demo's database and key: in one that has seen the chat, nothing is new."""
    make_folder(database.parent)
    for old in database.parent.glob(f"{database.name}*"):
        try:
            old.unlink()
        except OSError as error:
            raise BadInput(
                f"{old}, of an earlier demo, cannot be removed: {error.strerror}; "
                "name another folder with --folder"
            ) from None


def _message(line: str, clock: Clock) -> MessageEvent:
    now = clock.now()
    return MessageEvent(
        kind=Kind.NEW,
        ref=MessageRef(channel=_HERE, message=uuid.uuid4().hex),
        sent_at=now,
        revised_at=now,
        author=_ME,
        text=line,
        channel_name=_HERE.channel,
    )


async def _with_progress(bot: Bot, log: Log, clock: ManualClock, terminal: Terminal) -> Replayed:
    name = TextColumn("{task.description}", markup=False)
    columns = (name, BarColumn(), TextColumn("{task.percentage:.0f}%"))
    with Progress(*columns, TimeRemainingColumn(), console=terminal.console) as progress:
        task = progress.add_task(log.path.name, total=log.total)
        replayed = await run_through(
            bot, log, clock, lambda read: progress.update(task, completed=read)
        )
        progress.update(task, completed=log.total)
    return replayed


def _report(terminal: Terminal, settings: Settings, log: Log, replayed: Replayed) -> None:
    terminal.say(
        text(
            "console.replayed",
            settings.locale,
            count=f"{replayed.rules.total():,}",
            database=settings.database,
        )
    )
    if log.tally.skipped:
        skipped = f"{log.tally.skipped:,}"
        terminal.say(text("console.skipped", settings.locale, count=skipped))
        for fault in log.tally.faults:
            terminal.say(f"  {printable(log.path.name)}: {printable(fault)}")


def _terminal(settings: Settings) -> Terminal:
    return Terminal(Console(), settings.locale, settings.timezone)
