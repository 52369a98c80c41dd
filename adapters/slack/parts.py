"""The parts that serve Slack, wired around one core and one session."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings

from adapters.slack.answers import Answers
from adapters.slack.app import build_app
from adapters.slack.backfill import Backfill
from adapters.slack.calls import Calls
from adapters.slack.corrections import Corrections
from adapters.slack.directory import Directory
from adapters.slack.faults import Faults
from adapters.slack.gaps import Gaps
from adapters.slack.history import History
from adapters.slack.home import Home
from adapters.slack.inbox import Inbox
from adapters.slack.installations import InstalledWorkspaces
from adapters.slack.intake import Intake
from adapters.slack.listeners import Listeners
from adapters.slack.oauth import oauth_settings
from adapters.slack.outgoing import Outgoing
from adapters.slack.removal import Removal
from adapters.slack.seal import Seal
from adapters.slack.web import make_client, open_session
from adapters.slack.workspaces import OneWorkspace, Workspaces
from bot.commands.dispatch import Commands
from bot.events import MessageEvent, Outcome, Rule
from bot.service import Bot
from bot.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What serves Slack while the session it calls through is open."""

    app: AsyncApp
    intake: Intake
    workspaces: Workspaces
    calls: Calls
    directory: Directory
    inbox: Inbox
    backfill: Backfill
    gaps: Gaps


@asynccontextmanager
async def open_parts(
    settings: Settings, bot: Bot, commands: Commands, faults: Faults, base_url: str
) -> AsyncIterator[Parts]:
    """The parts, until the context ends: then what was accepted is dealt with first."""
    async with open_session() as session:
        workspaces, oauth = _workspaces(settings, bot, session, base_url)
        calls = Calls(workspaces, session, faults, base_url=base_url)
        directory = Directory(calls)
        outgoing = Outgoing(bot, calls)

        async def take(event: MessageEvent) -> Outcome:
            # A workspace that removed the app meanwhile must not come back by what still waited.
            if await workspaces.get(event.ref.channel.workspace) is None:
                return Outcome(rule=Rule.NOTHING_NEW)
            return await bot.on_message(directory.named(event))

        async def carry_out(event: MessageEvent, outcome: Outcome) -> None:
            await outgoing.carry_out(event, outcome, inbox)

        async with Inbox(take, carry_out, faults) as inbox:
            answers = Answers(bot, commands, calls, directory, faults, session)
            home = Home(bot, answers, calls, directory, has_dashboard=commands.has_dashboard)
            removal = Removal(bot, workspaces, inbox, calls)
            history = History(bot, calls, directory, inbox)
            corrections = Corrections(commands, answers)
            listeners = Listeners(inbox, answers, corrections, home, directory, removal, faults)
            app = build_app(
                workspaces,
                make_client(None, session, base_url),
                signing_secret=_secret(settings.slack_signing_secret),
                oauth=oauth,
            )
            listeners.register(app)
            try:
                async with Intake(app, faults) as intake:
                    yield Parts(
                        app=app,
                        intake=intake,
                        workspaces=workspaces,
                        calls=calls,
                        directory=directory,
                        inbox=inbox,
                        backfill=Backfill(bot, directory, history, inbox),
                        gaps=Gaps(
                            bot,
                            workspaces,
                            directory,
                            history,
                            removal,
                            inbox,
                            faults,
                            is_own=settings.slack_bot_token is not None,
                        ),
                    )
            finally:
                await listeners.close()
                await inbox.close()
                await directory.close()


def _workspaces(
    settings: Settings, bot: Bot, session: aiohttp.ClientSession, base_url: str
) -> tuple[Workspaces, AsyncOAuthSettings | None]:
    """The one workspace of the bot token, or all that install the app."""
    if token := _secret(settings.slack_bot_token):
        return OneWorkspace(make_client(token, session, base_url)), None
    installed = InstalledWorkspaces(bot.store, Seal(_secret(settings.slack_token_key) or ""))
    pages = oauth_settings(
        installed,
        client_id=settings.slack_client_id or "",
        client_secret=_secret(settings.slack_client_secret) or "",
    )
    return installed, pages


def _secret(value: SecretStr | None) -> str | None:
    return value.get_secret_value() if value else None
