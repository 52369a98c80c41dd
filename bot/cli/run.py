"""`maeum run`: one core, and every platform whose tokens are set, until stopped."""

import asyncio
import contextlib
import gc
import logging
import re
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

from rich.console import Console

from adapters import dashboard, status
from adapters.base import Adapter, Progress
from adapters.http import HttpServer
from bot.choice import ModelChoice
from bot.cli.compose import load_model, open_bot, opened_door
from bot.cli.progress import ConsoleLog, history_bars
from bot.cli.switch import following
from bot.clock import SystemClock
from bot.commands.dispatch import Commands
from bot.digest import digesting
from bot.errors import BadSetting, MaeumError
from bot.posts import Speaker
from bot.retention import sweeping
from bot.service import Bot
from bot.settings import Settings
from bot.shift import watching_moods

logger = logging.getLogger(__name__)

_STARTING = 60.0  # seconds in which one platform's failure is the whole start's
_LONGEST_BACKFILL = 365  # days, as long as observations may be kept at most


async def run(settings: Settings, *, backfill: int | None = None) -> None:
    """Serve until SIGINT or SIGTERM; a fault only the operator can mend ends it with its words.

    With `backfill`, the last days of history are read beside serving.
    """
    console = Console(stderr=True)
    logging.basicConfig(
        level=settings.log_level,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        handlers=[ConsoleLog(console)],
    )
    async with AsyncExitStack() as stack:
        server = HttpServer(settings.http) if settings.http else None
        adapters = await stack.enter_async_context(opened_adapters(settings, server))
        if server:
            await stack.enter_async_context(server.running())
        # What is loaded by now stays. A full collection that looks through it holds the event loop
        # for 50 ms, now and then for ever (docs.python.org/3/library/gc.html#gc.freeze).
        gc.collect()
        gc.freeze()
        reading = _backfill(adapters, backfill, console) if backfill else None
        await _until_stopped(adapters, reading)


@asynccontextmanager
async def opened_adapters(
    settings: Settings, server: HttpServer | None = None
) -> AsyncIterator[list[Adapter]]:
    """The platforms whose tokens are set, round one core; BadSetting when there is none."""
    if not (settings.discord_bot_token or settings.has_slack):
        raise BadSetting(
            "no platform is set up; set DISCORD_BOT_TOKEN, or SLACK_BOT_TOKEN with "
            "SLACK_APP_TOKEN or SLACK_SIGNING_SECRET (see .env.example), or try maeum demo"
        )
    load = partial(load_model, settings=settings)
    clock = SystemClock()
    choice = ModelChoice(settings.database)
    seen = choice.stamp()  # before the model is loaded, which may take a minute
    async with (
        open_bot(settings, clock) as bot,
        sweeping(bot),
        following(choice, bot.classifier, load, seen=seen),
    ):
        with opened_door(settings, clock) as door:
            adapters = _adapters(settings, bot, Commands(bot, door), server)
            if server:
                status.mount(server.app, bot)
                if door:
                    dashboard.mount(server.app, bot, door)
            speakers = {it.platform: it for it in adapters if isinstance(it, Speaker)}
            async with digesting(bot, speakers), watching_moods(bot, speakers):
                yield adapters


def _adapters(
    settings: Settings, bot: Bot, commands: Commands, server: HttpServer | None
) -> list[Adapter]:
    """Each library is imported only where it is needed."""
    adapters: list[Adapter] = []
    if settings.discord_bot_token:
        from adapters.discord.adapter import DiscordAdapter

        adapters.append(
            DiscordAdapter(
                settings.discord_bot_token.get_secret_value(),
                bot,
                commands,
                shards=settings.discord_shards,
                language=settings.locale,
            )
        )
    if settings.has_slack:
        from adapters.slack.adapter import SlackAdapter

        adapters.append(SlackAdapter(settings, bot, commands, server))
    return adapters


async def _until_stopped(
    adapters: list[Adapter], reading: Coroutine[Any, Any, None] | None
) -> None:
    """Run all adapters side by side, and what reads beside them, until told to stop."""
    serving = [asyncio.create_task(it.run(), name=it.platform) for it in adapters]
    everything = [*serving, *([asyncio.create_task(reading)] if reading else [])]

    def end() -> None:
        for task in everything:
            if not task.cancelling():  # a second time would break off its cleaning up
                task.cancel()

    def stop() -> None:
        logger.info("stopping: what was accepted is being written")
        end()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows knows no signal handlers
            loop.add_signal_handler(number, stop)
    try:
        with contextlib.suppress(asyncio.CancelledError):
            await _ended(serving)
    finally:
        # One adapter's failure ends the others properly, before the core they use is closed.
        end()
        await asyncio.gather(*everything, return_exceptions=True)


async def _ended(serving: list[asyncio.Task[None]]) -> None:
    """Wait for the end of all platforms. Raises what ended the last, or one that never started.

    A wrong token is best told by ending; one revoked later must not take another platform along.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    waiting = set(serving)
    while waiting:
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            if task.cancelled() or not (error := task.exception()):
                continue
            if not waiting or loop.time() - began < _STARTING:
                raise error
            logger.error("%s is served no longer, the rest is: %s", task.get_name(), error)


def backfill_days(window: str | None) -> int | None:
    """The days that `--backfill 30d` asks for; BadSetting says how to ask."""
    if window is None:
        return None
    match = re.fullmatch(r"(\d{1,3})d", window)
    if not match or not 1 <= int(match[1]) <= _LONGEST_BACKFILL:
        raise BadSetting(
            f"--backfill {window} is not a number of days; give 1d to {_LONGEST_BACKFILL}d"
        )
    return int(match[1])


async def _backfill(adapters: list[Adapter], days: int, console: Console) -> None:
    with history_bars(console) as bars:
        await asyncio.gather(*(_read(it, days, bars.add(it.platform)) for it in adapters))


async def _read(adapter: Adapter, days: int, progress: Progress) -> None:
    try:
        await adapter.backfill(days, progress)
    except MaeumError as error:
        logger.error("%s: no history is read: %s", adapter.platform, error)
    except Exception:
        logger.exception("%s: reading history failed; the next start goes on", adapter.platform)
