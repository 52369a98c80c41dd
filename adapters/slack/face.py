"""A reply in Slack's clothes: Block Kit that reads well, and the same in words for notifications.

Limits: docs.slack.dev/reference/block-kit/blocks.
"""

from collections.abc import Iterator
from typing import Any, Final

from bot.events import Field, Link, Offer, Option, Reply, Tone

Block = dict[str, Any]

# What the button of an offer and its menu are called when they are pressed.
WRONG_ACTION: Final = "wrong_label"
RIGHT_ACTION: Final = "right_label"
_TITLE, _TEXT, _FIELD, _FIELDS = 150, 3000, 2000, 10
_NAME = 75
_CELLS = 10
_MARKS = {Tone.PLAIN: "", Tone.GOOD: "✅ ", Tone.WARNING: "⚠️ "}


def blocks_of(reply: Reply) -> list[Block]:
    """The blocks of a reply: a title, its text, bars, named lines, a footer, an offer."""
    return [
        {"type": "header", "text": plain(_MARKS[reply.tone] + reply.title, _TITLE)},
        *body_of(reply),
        *_offer(reply.offer),
    ]


def body_of(reply: Reply) -> list[Block]:
    """The blocks below the title."""
    return [
        *_text(reply.text),
        *_bars(reply.fields),
        *_named(reply.fields),
        *_link(reply.link),
        *_footer(reply.footer),
    ]


def words_of(reply: Reply) -> str:
    """The reply without blocks, for notifications and screen readers."""
    lines = [reply.title, reply.text, *(f"{field.name}: {field.value}" for field in reply.fields)]
    return cut(escape("\n".join(filter(None, lines))), _TEXT)


def escape(text: str) -> str:
    """Text in which nothing is a mention or a link (docs.slack.dev, "Escaping text")."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str, most: int = _TEXT) -> Block:
    """A text object without markup."""
    return {"type": "plain_text", "text": cut(text, most), "emoji": True}


def marked(text: str, most: int = _TEXT) -> Block:
    """A text object with markup; `verbatim` keeps Slack from making links of words."""
    return {"type": "mrkdwn", "text": cut(text, most), "verbatim": True}


def cut(text: str, most: int) -> str:
    """The text, shortened to what Slack takes; an empty one would be refused."""
    text = text or "–"
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _text(text: str) -> Iterator[Block]:
    if text:
        yield {"type": "section", "text": marked(escape(text))}


def _bars(fields: tuple[Field, ...]) -> Iterator[Block]:
    """Shares as bars. In code spans, so that they are of equal width and stand in a column."""
    lines = [
        f"`{_bar(field.share)}` *{escape(field.name)}* {escape(field.value)}"
        for field in fields
        if field.share is not None
    ]
    if lines:
        yield {"type": "section", "text": marked("\n".join(lines))}


def _bar(share: float) -> str:
    full = min(_CELLS, max(0, round(share * _CELLS)))
    return "█" * full + "░" * (_CELLS - full)


def _named(fields: tuple[Field, ...]) -> Iterator[Block]:
    named = [field for field in fields if field.share is None]
    for start in range(0, len(named), _FIELDS):
        yield {
            "type": "section",
            "fields": [
                marked(f"*{escape(field.name)}*\n{escape(field.value)}", _FIELD)
                for field in named[start : start + _FIELDS]
            ],
        }


def _link(link: Link | None) -> Iterator[Block]:
    if link:
        words = f"*<{escape(link.address)}|{escape(link.words)}>*"
        yield {"type": "section", "text": marked(words)}


def _footer(footer: str) -> Iterator[Block]:
    if footer:
        yield {"type": "context", "elements": [marked(escape(footer), _FIELD)]}


def _offer(offer: Offer | None) -> Iterator[Block]:
    """A button, or a menu by group; the ticket goes along as its value or its block's id."""
    if offer is None:
        return
    element: Block
    if offer.options:
        groups = dict.fromkeys(option.group for option in offer.options)
        element = {
            "type": "static_select",
            "action_id": RIGHT_ACTION,
            "placeholder": plain(offer.words, 150),
            "option_groups": [
                {
                    "label": plain(group.capitalize(), _NAME),
                    "options": [_option(it) for it in offer.options if it.group == group],
                }
                for group in groups
            ],
        }
    else:
        element = {
            "type": "button",
            "action_id": WRONG_ACTION,
            "text": plain(offer.words, _NAME),
            "value": offer.ticket,
        }
    yield {"type": "actions", "block_id": offer.ticket, "elements": [element]}


def _option(option: Option) -> Block:
    return {"text": plain(option.name, _NAME), "value": option.value}
