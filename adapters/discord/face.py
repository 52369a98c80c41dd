"""A reply's face on Discord: an embed, with charts and exports as attachments."""

import io
import re
from typing import Any

import discord

from bot.events import Field, Reply, Tone
from bot.locale import text
from classifier.base import Language

# Mid tones: the stripe stays visible beside Discord's white and its near black.
_COLOURS = {Tone.PLAIN: 0x5B8DEF, Tone.GOOD: 0x3BA55D, Tone.WARNING: 0xE0A030}
_BAR = 12  # cells
_BLANK = "\u200b"  # a field may not be empty
_SHORT = 24  # characters that fit a third of an embed's width
# discord.com/developers/docs/resources/message#embed-object-embed-limits
_TITLE, _TEXT, _FIELDS, _NAME, _VALUE, _FOOTER, _ALT = 256, 4096, 25, 256, 1024, 1024, 1024
_ALL = 6_000

# The core's texts name commands as they are typed in a chat; here they have names of their own.
_TYPED = re.compile(r"/emotion((?: [\w-]+)*)")
_WORDS = {
    "analyze": ("analyze", "분석"),
    "channel": ("channel", "채널"),
    "me": ("me", "나"),
    "privacy": ("privacy", "개인정보"),
    "dashboard": ("dashboard", "대시보드"),
    "doctor": ("doctor", "진단"),
    "help": ("help", "도움말"),
    "opt_out": ("opt-out", "거부"),
    "opt_in": ("opt-in", "동의"),
    "delete": ("delete", "삭제"),
    "export": ("export", "내보내기"),
}
_KEYS = {word: key for key, words in _WORDS.items() for word in words}
# Theirs are parts of a command of its own.
_MANAGED = {
    "settings": "change",
    "설정": "change",
    "digest": "digest",
    "소식": "digest",
    "export": "export_counts",
    "내보내기": "export_counts",
}


def face(reply: Reply, language: Language) -> dict[str, Any]:
    """`reply` as the arguments of a message: its embed, and what is attached to it."""
    embed = embed_of(reply, language)
    files = []
    if reply.picture:
        alt = _cut(reply.picture.alt, _ALT)
        png = io.BytesIO(reply.picture.png)
        files.append(discord.File(png, filename=reply.picture.name, description=alt))
        embed.set_image(url=f"attachment://{reply.picture.name}")
    if reply.attachment:
        name, content = reply.attachment
        files.append(discord.File(io.BytesIO(content), filename=name))
    return {"embed": embed, "files": files}


def embed_of(reply: Reply, language: Language) -> discord.Embed:
    """The embed of `reply`: shares as bars in its text, everything else as fields."""
    bars = [field for field in reply.fields if field.share is not None]
    plain = [field for field in reply.fields if field.share is None]
    parts = [part for part in (reply.text, "\n".join(map(_bar, bars))) if part]
    if reply.link:
        parts.append(f"**[{reply.link.words}]({reply.link.address})**")
    embed = discord.Embed(
        title=_cut(reply.title, _TITLE),
        description=_cut(spelled("\n\n".join(parts), language), _TEXT),
        colour=_COLOURS[reply.tone],
    )
    if reply.footer:
        embed.set_footer(text=_cut(spelled(reply.footer, language), _FOOTER))
    short = all(len(field.value) <= _SHORT for field in plain)
    for field in plain[:_FIELDS]:
        name = _cut(spelled(field.name, language), _NAME) or _BLANK
        value = _cut(spelled(field.value, language), _VALUE) or _BLANK
        if len(embed) + len(name) + len(value) > _ALL:
            break
        embed.add_field(name=name, value=value, inline=short)
    return embed


def spelled(words: str, language: Language) -> str:
    """`words` with every command named as it is called on Discord in `language`."""
    return _TYPED.sub(lambda typed: _named(typed[1].split(" ")[1:], language), words)


def _named(words: list[str], language: Language) -> str:
    if words and words[0] in _MANAGED:
        path = ["settings", _MANAGED[words[0]]]
        rest = words[1:]
        names = [text(f"discord.{key}", language) for key in path]
    else:
        known = [word for word in words if word in _KEYS]
        rest = words[len(known) :]
        names = [
            text(f"discord.{key}", language) for key in ("emotion", *(_KEYS[it] for it in known))
        ]
    return " ".join(["/" + names[0], *names[1:], *rest])


def _bar(field: Field) -> str:
    filled = round((field.share or 0) * _BAR)
    return f"{'▰' * filled}{'▱' * (_BAR - filled)} {field.name} **{field.value}**"


def _cut(words: str, most: int) -> str:
    return words if len(words) <= most else words[: most - 1] + "…"
