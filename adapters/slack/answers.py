"""Commands and shortcuts: a request to the core, and its reply to the person who asked."""

import logging
from typing import Any

import aiohttp

from adapters.base import findings_reply
from adapters.slack.calls import Calls
from adapters.slack.directory import Directory
from adapters.slack.doctor import examine
from adapters.slack.face import Block, blocks_of, plain, words_of
from adapters.slack.faults import Faults
from adapters.slack.pace import LOOK_UP, POST_EPHEMERAL, UPLOAD
from adapters.slack.translate import (
    Payload,
    channel_name,
    channel_ref,
    shortcut_target,
)
from adapters.slack.web import make_webhook
from bot.commands.dispatch import Commands
from bot.commands.grammar import Doctor, parse
from bot.events import ChannelRef, CommandRequest, MessageEvent, Reply, Tone
from bot.locale import text
from bot.service import Bot
from classifier.base import Language

logger = logging.getLogger(__name__)


class Answers:
    """Answers people, each seen by the one who asked alone."""

    def __init__(
        self,
        bot: Bot,
        commands: Commands,
        calls: Calls,
        directory: Directory,
        faults: Faults,
        session: aiohttp.ClientSession,
    ) -> None:
        self._bot = bot
        self._commands = commands
        self._calls = calls
        self._directory = directory
        self._faults = faults
        self._session = session

    async def command(self, body: Payload) -> None:
        """Answer `/emotion`."""
        channel = channel_ref(str(body["team_id"]), str(body["channel_id"]))
        user = str(body["user_id"])
        words = str(body.get("text") or "")
        if isinstance(parse(words), Doctor):
            reply = await self._examined(channel, user)
        else:
            name = channel_name(body.get("channel_name"))
            reply = await self.ask(channel, user, words, name=name)
        await self._respond(
            str(body["response_url"]), reply, await self.send_files(channel, user, reply)
        )

    async def shortcut(self, body: Payload, command: str) -> None:
        """Answer a message shortcut; in a thread, within the thread."""
        channel = channel_ref(str(body["team"]["id"]), str(body["channel"]["id"]))
        known = await self._directory.channel(channel)
        target = shortcut_target(body, shared=known is not None and known.is_shared)
        user = str(body["user"]["id"])
        reply = await self.ask(
            channel,
            user,
            command,
            name=channel_name(body["channel"].get("name")),
            target=target,
        )
        if target.thread is None or not await self._post_in_thread(target, user, reply):
            await self._respond(str(body["response_url"]), reply, [])

    async def _examined(self, channel: ChannelRef, user: str) -> Reply:
        """The answer to `/emotion doctor`. Managers only: it names channels others may not see."""
        language = await self.language(channel, user)
        workspace = await self._calls.workspaces.get(channel.workspace)
        person = await self._directory.person(channel.workspace, user)
        if workspace is None or not person.is_manager:
            return Reply(title=text("doctor.managers", language), tone=Tone.WARNING)
        examined = examine(workspace, self._bot, self._calls, self._directory, language)
        return findings_reply([finding async for finding in examined], language)

    async def ask(self, channel: ChannelRef, user: str, words: str, **about: Any) -> Reply:
        """The core's reply to what a person asked in `channel`."""
        return await self._commands.answer(await self.request(channel, user, words, **about))

    async def request(
        self,
        channel: ChannelRef,
        user: str,
        words: str,
        *,
        name: str | None = None,
        target: MessageEvent | None = None,
    ) -> CommandRequest:
        """What a person asks, with what the directory knows of them."""
        person = await self._directory.person(channel.workspace, user)

        async def can_read(other: ChannelRef) -> bool:
            return await self._directory.can_read(other, user)

        return CommandRequest(
            channel=channel,
            author=user,
            text=words,
            locale=person.locale,
            is_manager=person.is_manager,
            target=target,
            channel_name=name,
            can_read=can_read,
        )

    async def language(self, channel: ChannelRef, user: str) -> Language:
        """The language a person reads."""
        person = await self._directory.person(channel.workspace, user)
        spoken = (person.locale or "").split("-")[0].lower()
        if spoken in set(Language):
            return Language(spoken)
        return (await self._bot.preferences(channel)).locale

    async def send_files(self, channel: ChannelRef, user: str, reply: Reply) -> list[Block]:
        """Send the reply's chart and file to the person; blocks that say where they are.

        A file shared in a channel is seen by all of it, so they go to the asker's own chat.
        """
        if reply.picture is None and reply.attachment is None:
            return []
        language = await self.language(channel, user)
        sent = False
        if place := await self._own_chat(channel.workspace, user):
            if picture := reply.picture:
                sent = await self._upload(
                    channel.workspace,
                    place,
                    filename=picture.name,
                    content=picture.png,
                    title=reply.title,
                    alt_txt=picture.alt,
                )
            if reply.attachment:
                name, content = reply.attachment
                sent = await self._upload(
                    channel.workspace, place, filename=name, content=content, title=reply.title
                )
        said = text("slack.file_sent" if sent else "slack.file_failed", language)
        return [{"type": "context", "elements": [plain(said)]}]

    async def _own_chat(self, team: str, user: str) -> str | None:
        """The id of the app's chat with a person: files_upload_v2 takes no user's id."""
        answer = await self._calls(
            "conversations.open",
            LOOK_UP,
            team,
            lambda client: client.conversations_open(users=user),
        )
        return str(answer["channel"]["id"]) if answer else None

    async def _upload(self, team: str, place: str, **file: Any) -> bool:
        return bool(
            await self._calls(
                "files.upload",
                UPLOAD,
                team,
                lambda client: client.files_upload_v2(channel=place, **file),
            )
        )

    async def _post_in_thread(self, target: MessageEvent, user: str, reply: Reply) -> bool:
        """A response_url answers in the channel; only this call reaches into a thread."""
        channel = target.ref.channel
        return bool(
            await self._calls(
                "chat.postEphemeral",
                POST_EPHEMERAL,
                channel.workspace,
                lambda client: client.chat_postEphemeral(
                    channel=channel.channel,
                    user=user,
                    thread_ts=target.thread,
                    text=words_of(reply),
                    blocks=blocks_of(reply),
                ),
            )
        )

    async def replace(self, url: str, reply: Reply) -> None:
        """Put `reply` where the answer stood that somebody pressed a button of."""
        await self._respond(url, reply, [], replace=True)

    async def _respond(
        self, url: str, reply: Reply, more: list[Block], *, replace: bool = False
    ) -> None:
        """Answer through the request's own address, which works where the app is no member."""
        answer = await make_webhook(url, self._session).send(
            text=words_of(reply),
            blocks=[*blocks_of(reply), *more],
            response_type="ephemeral" if reply.ephemeral else "in_channel",
            replace_original=replace,
        )
        if answer.status_code != 200:
            self._faults.name("respond", "an answer was not taken (%s)", answer.status_code)
        else:
            self._faults.clear("respond")
