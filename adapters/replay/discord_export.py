"""A DiscordChatExporter JSON export: one file a channel or thread, or a folder of such files.

The exporter writes `guild`, `channel`, then `messages`, oldest first. The text is the last edit's,
so an edited message is one new event that carries its edit time.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from pathlib import Path
from typing import Any

from adapters.replay.json_stream import BadStream, JsonStream, file_chunks
from adapters.replay.log import Tally, channel_ref
from adapters.replay.rows import BadRow, as_object, flag, moment, text, word
from bot.errors import BadInput
from bot.events import Kind, MessageEvent, MessageRef, Source

HEAD = 4096  # bytes enough to see how an export begins
_BEGINNING = re.compile(rb'(\xef\xbb\xbf)?\s*\{\s*"guild"\s*:\s*\{')
_SAID = ("Default", "Reply")  # every other type is a notice or a command
_THREADS = ("GuildNewsThread", "GuildPublicThread", "GuildPrivateThread")


def is_discord_export(head: bytes) -> bool:
    """Whether a file that begins with `head` is an export."""
    return _BEGINNING.match(head) is not None


def read_discord_export(paths: Sequence[Path], tally: Tally) -> Iterator[MessageEvent]:
    """The events of all files in the order of time; the guild's name is the workspace."""
    return merge(*(_read_file(path, tally) for path in paths), key=lambda event: event.sent_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where the messages of one file were said."""

    guild: str
    channel: str
    thread: str | None = None

    @classmethod
    def of(cls, head: dict[str, Any]) -> "_Place":
        """The place that the members before `messages` describe."""
        guild = word(as_object(head.get("guild")), "name")
        channel = as_object(head.get("channel"))
        name = word(channel, "name")
        if channel.get("type") in _THREADS:  # the exporter puts a thread's parent in `category`
            return cls(guild=guild, channel=word(channel, "category"), thread=name)
        return cls(guild=guild, channel=name)


def _read_file(path: Path, tally: Tally) -> Iterator[MessageEvent]:
    """The events of one file; it ends, and is counted, where the file is damaged."""
    stream = JsonStream(file_chunks(path, tally))
    head: dict[str, Any] = {}
    try:
        for key in stream.members():
            if key == "messages":
                yield from _messages(stream, _Place.of(head), path.name, tally)
                return
            head[key] = stream.value()
        raise BadStream("has no `messages`; export it again")
    except (BadStream, BadRow) as fault:
        tally.skip(f"{path.name} {fault}")


def _messages(stream: JsonStream, place: _Place, name: str, tally: Tally) -> Iterator[MessageEvent]:
    previous: MessageEvent | None = None
    for number, row in enumerate(stream.elements(), start=1):
        try:
            event = _event(as_object(row), place)
        except BadRow as fault:
            tally.skip(f"{name}, message {number}, {fault}")
            continue
        if previous and number == 2 and event.sent_at < previous.sent_at:
            raise BadInput(f"{name} runs from newest to oldest; export it again, oldest first")
        previous = event
        yield event


def _event(row: dict[str, Any], place: _Place) -> MessageEvent:
    author = as_object(row.get("author"))
    sent_at = moment(row, "timestamp")
    edited = row.get("timestampEdited") is not None
    return MessageEvent(
        kind=Kind.NEW,
        ref=MessageRef(channel=channel_ref(place.guild, place.channel), message=word(row, "id")),
        sent_at=sent_at,
        revised_at=moment(row, "timestampEdited") if edited else sent_at,
        author=word(author, "id"),
        text=text(row, "content"),
        source=_source(row, author),
        thread=place.thread,
        channel_name=place.channel,
    )


def _source(row: dict[str, Any], author: dict[str, Any]) -> Source:
    if flag(author, "isBot"):
        return Source.BOT
    return Source.PERSON if row.get("type") in _SAID else Source.SYSTEM
