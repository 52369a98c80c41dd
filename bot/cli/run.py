"""`maeum run`: one core, and every platform whose tokens are set, until stopped."""

import asyncio
import contextlib
import logging
import signal

from adapters.base import Adapter
from bot.cli.compose import open_bot
from bot.clock import SystemClock
from bot.commands.dispatch import Commands
from bot.errors import BadSetting, MaeumError
from bot.retention import sweeping
from bot.service import Bot
from bot.settings import Settings

logger = logging.getLogger(__name__)


async def run(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM; a fault only the operator can mend ends it with its words."""
    if not (settings.discord_bot_token or settings.slack_bot_token):
        raise BadSetting(
            "no platform is set up; set DISCORD_BOT_TOKEN, or SLACK_BOT_TOKEN with "
            "SLACK_APP_TOKEN or SLACK_SIGNING_SECRET (see .env.example), or try maeum demo"
        )
    logging.basicConfig(
        level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    async with open_bot(settings, SystemClock()) as bot, sweeping(bot):
        adapters = _adapters(settings, bot, Commands(bot))
        await _until_stopped(adapters)


def _adapters(settings: Settings, bot: Bot, commands: Commands) -> list[Adapter]:
    """The platforms whose tokens are set; each library is imported only where it is needed."""
    adapters: list[Adapter] = []
    return adapters


async def _until_stopped(adapters: list[Adapter]) -> None:
    """Run all adapters side by side until the process is told to stop."""
    serving = asyncio.gather(*(adapter.run() for adapter in adapters))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows knows no signal handlers
            loop.add_signal_handler(number, serving.cancel)
    try:
        await serving
    except asyncio.CancelledError:
        logger.info("stopping: what was accepted is being written")
    except MaeumError:
        serving.cancel()
        raise
