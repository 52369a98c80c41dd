"""The App Home tab: the workspace's moods, what a person may do with their data, the settings."""

import logging
from typing import Any, Final

from adapters.slack.answers import Answers
from adapters.slack.calls import Calls
from adapters.slack.directory import Directory
from adapters.slack.face import Block, blocks_of, body_of, escape, marked, plain
from adapters.slack.pace import PUBLISH_HOME
from adapters.slack.translate import Payload, channel_ref, workspace_of
from bot.events import ChannelRef, Platform, Reply
from bot.locale import text
from bot.preferences import KEYS
from bot.service import Bot
from bot.storage import Level
from classifier.base import Language

logger = logging.getLogger(__name__)

# What the tab's buttons and menus do, by action id: the words of the command they stand for.
DATA_ACTIONS: Final = {
    "data_opt_out": "privacy opt-out",
    "data_opt_in": "privacy opt-in",
    "data_export": "privacy export",
    "data_delete": "privacy delete",
}
DASHBOARD_ACTION: Final = "dashboard"
ACTIONS: Final = {**DATA_ACTIONS, DASHBOARD_ACTION: "dashboard"}
SETTING_ACTION: Final = "setting_"
_OFFERED: Final = {  # the settings that have few values; the command sets the others
    "mode": ("off", "stats", "react", "label"),
    "locale": ("ko", "en"),
    "theme": ("light", "dark"),
    "consent": ("opt-out", "opt-in"),
    "shared_channels": ("off", "on"),
    "corrections": ("off", "label", "text"),
}
_CHANNELS = 8  # whose moods are shown
_ASKED = 40  # channels at most of which Slack may be asked who reads them: one page waits for it
_WINDOW = "24h"


class Home:
    """Draws the tab for a person, and does what they press there."""

    def __init__(
        self,
        bot: Bot,
        answers: Answers,
        calls: Calls,
        directory: Directory,
        *,
        has_dashboard: bool,
    ) -> None:
        self._bot = bot
        self._answers = answers
        self._calls = calls
        self._directory = directory
        self._has_dashboard = has_dashboard

    async def opened(self, body: Payload) -> None:
        """Somebody looks at the app: draw the tab."""
        event = body["event"]
        if event.get("tab", "home") == "home":
            await self._publish(channel_ref(workspace_of(body), ""), str(event["user"]), [])

    async def pressed(self, body: Payload) -> None:
        """Somebody pressed a button: do what it stands for, and draw the tab with the answer."""
        here, user = _place(body)
        for action in body["actions"]:
            reply = await self._answers.ask(here, user, ACTIONS[action["action_id"]])
            files = await self._answers.send_files(here, user, reply)
            await self._publish(here, user, [*blocks_of(reply), *files])

    async def chosen(self, body: Payload) -> None:
        """A manager chose another value of a setting. The core refuses anybody else."""
        here, user = _place(body)
        for action in body["actions"]:
            key = str(action["action_id"]).removeprefix(SETTING_ACTION)
            value = action["selected_option"]["value"]
            reply = await self._answers.ask(here, user, f"settings {Level.WORKSPACE} {key} {value}")
            await self._publish(here, user, blocks_of(reply))

    async def _publish(self, here: ChannelRef, user: str, answer: list[Block]) -> None:
        """Show the tab to `user`, with the answer to what they just did on top."""
        language = await self._answers.language(here, user)
        view = {
            "type": "home",
            "blocks": [
                *answer,
                *([{"type": "divider"}] if answer else []),
                *await self._moods(here, user, language),
                *await self._data(here, user, language),
                *await self._settings(here, user, language),
            ],
        }
        await self._calls(
            "views.publish",
            PUBLISH_HOME,
            here.workspace,
            lambda client: client.views_publish(user_id=user, view=view),
        )

    async def _moods(self, here: ChannelRef, user: str, language: Language) -> list[Block]:
        """The last day of the channels that speak most lately and that this person may read."""
        shown: list[Block] = []
        known = await self._bot.store.channels(Platform.SLACK, here.workspace)
        heard = [activity for activity in known if activity.last_at is not None]
        heard.sort(key=lambda activity: (activity.last_at, activity.messages), reverse=True)
        places = 0
        for channel in (activity.channel for activity in heard[:_ASKED]):
            if places == _CHANNELS:
                break
            if not await self._directory.can_read(channel, user):
                continue
            places += 1
            reply = await self._answers.ask(channel, user, f"channel {_WINDOW}")
            title = marked(f"*<#{channel.channel}>*\n{escape(reply.text)}")
            shown += [{"type": "section", "text": title}, *_bars_only(reply)]
        if not shown:
            nothing = plain(text("slack.home_no_moods", language))
            shown.append({"type": "section", "text": nothing})
        person = await self._directory.person(here.workspace, user)
        if person.is_manager and self._has_dashboard:
            button = _button(DASHBOARD_ACTION, language)
            shown.append({"type": "actions", "elements": [button]})
        return [_header("slack.home_moods", language), *shown, {"type": "divider"}]

    async def _data(self, here: ChannelRef, user: str, language: Language) -> list[Block]:
        reply = await self._answers.ask(here, user, "me")
        buttons = [_button(action, language) for action in DATA_ACTIONS]
        return [
            _header("slack.home_data", language),
            *body_of(reply),
            {"type": "actions", "elements": buttons},
            {"type": "divider"},
        ]

    async def _settings(self, here: ChannelRef, user: str, language: Language) -> list[Block]:
        reply = await self._answers.ask(here, user, "settings")
        blocks = [_header("slack.home_settings", language), *body_of(reply)]
        person = await self._directory.person(here.workspace, user)
        if person.is_manager:
            preferences = await self._bot.preferences(here)
            blocks += [
                _menu(key.name, str(getattr(preferences, key.name)), language)
                for key in KEYS
                if key.name in _OFFERED
            ]
        return blocks


def _place(body: Payload) -> tuple[ChannelRef, str]:
    return channel_ref(str(body["team"]["id"]), ""), str(body["user"]["id"])


def _header(key: str, language: Language) -> Block:
    return {"type": "header", "text": plain(text(key, language), 150)}


def _bars_only(reply: Reply) -> list[Block]:
    bars = tuple(field for field in reply.fields if field.share is not None)
    return body_of(Reply(title="", fields=bars))


def _button(action: str, language: Language) -> Block:
    button: dict[str, Any] = {
        "type": "button",
        "action_id": action,
        "text": plain(text(f"slack.{action}", language), 75),
    }
    if action in ("data_delete", "data_opt_out"):
        button["style"] = "danger"
        button["confirm"] = {
            "title": plain(text(f"slack.{action}", language), 100),
            "text": plain(text(f"slack.{action}_sure", language), 300),
            "confirm": plain(text("slack.yes", language), 30),
            "deny": plain(text("slack.no", language), 30),
        }
    return button


def _menu(name: str, now: str, language: Language) -> Block:
    key = next(key for key in KEYS if key.name == name)
    options = {
        value: {
            "text": plain(key.form.shown(key.form.read(value), language), 75),
            "value": value,
        }
        for value in _OFFERED[name]
    }
    return {
        "type": "section",
        "text": marked(f"*{escape(key.named(language))}*\n{escape(key.described(language))}"),
        "accessory": {
            "type": "static_select",
            "action_id": f"{SETTING_ACTION}{name}",
            "options": list(options.values()),
            "initial_option": options[now],
        },
    }
