"""Replies in Block Kit: readable, escaped, within Slack's limits, and in words as well."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.face import blocks_of, escape, words_of
from bot.events import Field, Link, Reply, Tone


def texts_in(block: Any) -> list[dict[str, Any]]:
    """Every text object within a block."""
    if isinstance(block, list):
        return [found for part in block for found in texts_in(part)]
    if not isinstance(block, dict):
        return []
    own = [block] if isinstance(block.get("text"), str) else []
    return own + [found for part in block.values() for found in texts_in(part)]


def test_a_reply_reads_well() -> None:
    """A title, the text, bars of equal width in a column, named lines, a footer."""
    reply = Reply(
        title="The mood",
        text="It was calm.",
        fields=(
            Field(name="joy", value="62%", share=0.62),
            Field(name="sadness", value="8%", share=0.08),
            Field(name="Counted", value="12 messages"),
        ),
        footer="Asia/Seoul",
    )
    header, text, bars, named, footer = blocks_of(reply)
    assert header["text"]["text"] == "The mood"
    assert text["text"]["text"] == "It was calm."
    assert bars["text"]["text"].splitlines() == [
        "`██████░░░░` *joy* 62%",
        "`█░░░░░░░░░` *sadness* 8%",
    ]
    assert named["fields"][0]["text"] == "*Counted*\n12 messages"
    assert footer["elements"][0]["text"] == "Asia/Seoul"
    assert words_of(reply).splitlines()[0] == "The mood"


def test_a_tone_is_seen() -> None:
    """A warning and a success are told apart at a glance."""
    titles = [blocks_of(Reply(title="x", tone=tone))[0]["text"]["text"] for tone in Tone]
    assert len(set(titles)) == len(Tone)


def test_nothing_a_person_wrote_becomes_a_mention() -> None:
    """Control sequences of Slack are shown as they were typed."""
    hostile = "<!channel> <@U1> <https://example.org|click> &"
    reply = Reply(title="t", text=hostile, fields=(Field(name=hostile, value=hostile),))
    shown = json.dumps(blocks_of(reply)) + words_of(reply)
    assert "<!channel>" not in shown
    assert "<@U1>" not in shown
    assert escape("a < b & c > d") == "a &lt; b &amp; c &gt; d"


@given(
    title=st.text(max_size=400),
    text=st.text(max_size=5000),
    fields=st.lists(
        st.builds(
            Field,
            name=st.text(max_size=300),
            value=st.text(max_size=3000),
            share=st.none() | st.floats(0, 1),
        ),
        max_size=40,
    ),
)
def test_every_reply_is_within_slacks_limits(title: str, text: str, fields: list[Field]) -> None:
    """Whatever the reply, Slack takes it: no empty and no overlong text, at most ten fields."""
    blocks = blocks_of(Reply(title=title, text=text, fields=tuple(fields)))
    assert len(blocks) <= 50
    assert len(blocks[0]["text"]["text"]) <= 150
    for found in texts_in(blocks):
        assert 1 <= len(found["text"]) <= 3000
    for block in blocks:
        assert len(block.get("fields", ())) <= 10
        assert all(len(field["text"]) <= 2000 for field in block.get("fields", ()))


def test_a_link_is_shown_by_its_words() -> None:
    """The address is under the words, and not in the notification that others may glance at."""
    link = Link(words="Open <it>", address="http://127.0.0.1:8080/dashboard?lang=ko#a-b_c.d")
    reply = Reply(title="t", link=link)
    [_, block] = blocks_of(reply)
    assert block["text"]["text"] == f"*<{link.address}|Open &lt;it&gt;>*"
    assert "127.0.0.1" not in words_of(reply)
