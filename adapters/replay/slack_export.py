"""A Slack export: a folder or .zip with `channels.json` and, for each channel, a folder of days.

Channels are the folders that are there, never names read out of a file, so a hostile export
reaches nothing beside itself. Days are read one after another, the channels of a day side by side.
The text is the last edit's, so an edited message is one new event that carries its edit time.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from adapters.replay.archive import Archive, FolderArchive, Reader, ZipArchive
from adapters.replay.json_stream import BadStream, JsonStream
from adapters.replay.log import Log, Tally, channel_ref
from adapters.replay.rows import BadRow, as_object, text, word
from bot.events import Kind, MessageEvent, MessageRef, Source

_INDEX = "channels.json"
_DAY = re.compile(r"(?P<channel>[^/]+)/(?P<date>\d{4}-\d\d-\d\d)\.json")
_TIME = re.compile(r"(\d{1,11})\.(\d{6})", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A person's words. Every other subtype is a bot's or a notice: `tombstone` was a deleted message.
_SAID = (None, "file_share", "me_message", "thread_broadcast")


class _Day(NamedTuple):
    """One day of one channel; sorts by date."""

    date: str
    channel: str
    file: str


def open_slack_export(path: Path) -> Log | None:
    """The export at `path`, a folder or .zip; None when it is none."""
    archive: Archive = FolderArchive(path) if path.is_dir() else ZipArchive(path)
    sizes = archive.sizes()
    roots = [name.removesuffix(_INDEX) for name in sizes if f"/{name}".endswith(f"/{_INDEX}")]
    if not roots:
        return None
    root = min(roots, key=len)  # a folder zipped as a whole has its name before everything
    days = sorted(_days(sizes, root))
    workspace = path.resolve().name if path.is_dir() else path.stem

    def read(tally: Tally) -> Iterator[MessageEvent]:
        with archive.reader() as reader:
            users = f"{root}users.json"
            bots = _bots(reader, users, tally) if users in sizes else set()
            for _, group in groupby(days, key=lambda day: day.date):
                channels = [_read_day(day, workspace, bots, reader, tally) for day in group]
                yield from merge(*channels, key=lambda event: event.sent_at)

    return Log(path, total=sum(sizes[day.file] for day in days), read=read)


def _days(names: dict[str, int], root: str) -> Iterator[_Day]:
    for name in names:
        if name.startswith(root) and (match := _DAY.fullmatch(name, len(root))):
            yield _Day(date=match["date"], channel=match["channel"], file=name)


def _bots(reader: Reader, file: str, tally: Tally) -> set[str]:
    """The ids of the users that are bots; a message does not always say so itself."""
    bots = {"USLACKBOT"}  # Slack calls its own bot a person
    try:
        for user in JsonStream(reader(file, Tally())).elements():  # not a part of the log's bytes
            if isinstance(user, dict) and user.get("is_bot") is True:
                bots.add(str(user.get("id")))
    except BadStream as fault:
        tally.skip(f"{file} {fault}")
    return bots


def _read_day(
    day: _Day, workspace: str, bots: set[str], reader: Reader, tally: Tally
) -> Iterator[MessageEvent]:
    """The events of one file; it ends, and is counted, where the file is damaged."""
    try:
        for number, row in enumerate(JsonStream(reader(day.file, tally)).elements(), start=1):
            try:
                yield _event(as_object(row), workspace, day.channel, bots)
            except BadRow as fault:
                tally.skip(f"{day.file}, message {number}, {fault}")
    except BadStream as fault:
        tally.skip(f"{day.file} {fault}")


def _event(row: dict[str, Any], workspace: str, channel: str, bots: set[str]) -> MessageEvent:
    message = word(row, "ts")
    sent_at = _time(row)
    edited = row.get("edited")
    source = _source(row, bots)
    thread = row.get("thread_ts")
    return MessageEvent(
        kind=Kind.NEW,
        ref=MessageRef(channel=channel_ref(workspace, channel), message=message),
        sent_at=sent_at,
        revised_at=_time(edited) if isinstance(edited, dict) else sent_at,
        author=word(row, "user") if source is Source.PERSON else "",
        text=text(row, "text") if source is Source.PERSON or "text" in row else "",
        source=source,
        thread=text(row, "thread_ts") if thread not in (None, message) else None,
        channel_name=channel,
    )


def _source(row: dict[str, Any], bots: set[str]) -> Source:
    if row.get("subtype") == "bot_message" or row.get("bot_id") or str(row.get("user")) in bots:
        return Source.BOT
    return Source.PERSON if row.get("subtype") in _SAID else Source.SYSTEM


def _time(row: dict[str, Any]) -> datetime:
    """The time that `ts` is, exactly: as a float it would lose its last digit."""
    match = _TIME.fullmatch(word(row, "ts"))
    if match is None:
        raise BadRow("has a `ts` that is no Slack time such as 1773097920.000100")
    return _EPOCH + timedelta(seconds=int(match[1]), microseconds=int(match[2]))
