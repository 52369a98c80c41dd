"""Where the terminal puts what a platform would attach: charts and exports become files."""

import asyncio
import re
from dataclasses import replace
from pathlib import Path

from adapters.console import Terminal
from bot.commands.dispatch import Commands
from bot.errors import BadInput
from bot.events import ChannelRef, CommandRequest, Reply
from bot.settings import Settings
from bot.storage.key import key_path


async def show_reply(terminal: Terminal, reply: Reply, folder: Path) -> None:
    """Show `reply`, and write what is attached to it into `folder`."""
    terminal.show_reply(reply)
    if reply.picture:
        path = folder / reply.picture.name
        await asyncio.to_thread(write_file, path, reply.picture.png)
        terminal.show_file(path)
    if reply.attachment:
        name, content = reply.attachment
        await asyncio.to_thread(write_file, folder / name, content)
        terminal.show_file(folder / name)


async def show_moods(
    terminal: Terminal,
    commands: Commands,
    channels: dict[ChannelRef, str | None],
    folder: Path | None,
) -> None:
    """The last week of each channel; with its chart where there is a folder for it."""
    for channel, name in channels.items():
        words = "channel 7d" if folder is None else "channel 7d chart"
        request = CommandRequest(channel=channel, channel_name=name, author="", text=words)
        reply = await commands.answer(request)
        if reply.picture:
            picture = replace(reply.picture, name=f"mood-{_file_name(name or channel.channel)}.png")
            reply = replace(reply, picture=picture)
        await show_reply(terminal, reply, folder or Path())


def check_place(path: Path, settings: Settings) -> None:
    """BadInput where no answer can be written: a folder, or what nothing could bring back."""
    if path.is_dir():
        raise BadInput(f"{path} is a folder; name a file in it")
    kept = (settings.database, key_path(settings.database))
    if path.resolve() in [it.resolve() for it in kept]:
        raise BadInput(f"{path} belongs to the database itself; name another file")


def make_folder(path: Path) -> None:
    """Make the folder `path` unless it is there; BadInput names what stands in the way."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{path} cannot be made: {error.strerror}; name another place") from None


def write_file(path: Path, content: bytes) -> None:
    """Write `content` to `path`; BadInput names the path and what stands in the way."""
    make_folder(path.parent)
    try:
        path.write_bytes(content)
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror}; name another place") from None


def _file_name(words: str) -> str:
    """`words` as a file name on any system."""
    return re.sub(r"[^\w-]+", "-", words).strip("-") or "chart"
