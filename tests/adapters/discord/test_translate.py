"""Recorded payloads, through discord.py's parsers, become our events."""

from datetime import UTC, datetime, timedelta

import discord
import pytest

from adapters.discord.translate import (
    DIRECT,
    deletion_event,
    edit_event,
    message_event,
    place_of,
    role_words,
)
from bot.events import ChannelRef, Kind, MessageEvent, MessageRef, Platform, Source
from tests.adapters.discord.recorded import (
    CATEGORY,
    FORUM,
    GENERAL,
    GUILD,
    OWN,
    POST,
    THREAD,
    VOICE,
    Library,
)

EDITED = datetime(2026, 3, 15, 9, 31, 10, 456000, tzinfo=UTC)


@pytest.fixture
async def library() -> Library:
    """discord.py in the recorded guild."""
    return Library()


def event_of(library: Library, name: str) -> MessageEvent:
    """The event that the message `name` becomes."""
    message = library.parsed(name)
    place = place_of(message.channel)
    assert place is not None
    return message_event(message, place, own=OWN)


def test_a_new_message(library: Library) -> None:
    """Address, time, author, text, category, roles by id and name, the channel's name."""
    event = event_of(library, "message_create")
    assert event.kind is Kind.NEW
    channel = ChannelRef(platform=Platform.DISCORD, workspace=GUILD, channel=GENERAL)
    assert event.ref == MessageRef(channel=channel, message="1482669523968000000")
    assert event.author == "310848622642069504"
    assert event.text == "오늘 정말 행복해 ㅎㅎ"
    assert event.source is Source.PERSON
    assert event.category == CATEGORY
    assert event.channel_name == "일상"
    assert event.roles == {"1210000000000000008", "조용히"}
    assert event.thread is None
    assert event.live
    assert event.sent_at == event.revised_at


def test_the_sending_time_is_the_ids(library: Library) -> None:
    """A deletion has only the id, so a message's own time comes from it too."""
    sent = event_of(library, "message_create").sent_at
    place = place_of(library.guild.get_channel(int(GENERAL)))
    assert place is not None
    event = deletion_event(library.parsed("message_delete").message_id, place)
    assert event.kind is Kind.DELETED
    assert event.sent_at == sent
    assert event.text == event.author == ""


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("message_create", Source.PERSON),
        ("message_create_reply", Source.PERSON),
        ("message_create_self", Source.SELF),
        ("message_create_bot", Source.BOT),
        ("message_create_webhook", Source.WEBHOOK),
        ("message_create_join", Source.SYSTEM),
        ("message_create_boost", Source.SYSTEM),
        ("message_create_pin_notice", Source.SYSTEM),
        ("message_create_automod", Source.SYSTEM),
        ("message_create_thread_starter", Source.SYSTEM),
        ("message_create_official", Source.SYSTEM),
    ],
)
def test_who_speaks(library: Library, name: str, source: Source) -> None:
    """Only default messages and replies of people are people's words."""
    assert event_of(library, name).source is source


def test_a_forwarded_text_is_not_the_forwarders(library: Library) -> None:
    """Its snapshot holds somebody else's words: the text stays empty."""
    assert event_of(library, "message_create_forward").text == ""


@pytest.mark.parametrize(
    ("name", "channel", "thread", "called"),
    [
        ("message_create_thread", GENERAL, THREAD, "일상"),
        ("message_create_forum_post", FORUM, POST, "고민"),
        ("message_create_voice", VOICE, None, "통화"),
    ],
)
def test_where_it_counts(
    library: Library, name: str, channel: str, thread: str | None, called: str
) -> None:
    """Threads and forum posts count under their parent, with its name and category."""
    event = event_of(library, name)
    assert event.ref.channel.channel == channel
    assert event.thread == thread
    assert event.channel_name == called
    assert event.category == CATEGORY


def test_an_edit(library: Library) -> None:
    """The text and time of the edit, at the message's own address."""
    message = library.parsed("message_update_edit").message
    place = place_of(message.channel)
    assert place is not None
    event = edit_event(message, place, own=OWN, now=EDITED + timedelta(seconds=1))
    assert event is not None
    assert event.kind is Kind.EDITED
    assert event.revised_at == EDITED
    assert event.text == "오늘 너무 화가 나"
    assert event.ref == event_of(library, "message_create").ref


@pytest.mark.parametrize(
    "name", ["message_update_preview", "message_update_pin", "message_update_pin_of_edited"]
)
def test_an_update_that_is_no_edit(library: Library, name: str) -> None:
    """Link previews and pins are not edits, also of a message that was edited before."""
    message = library.parsed(name).message
    place = place_of(message.channel)
    assert place is not None
    assert edit_event(message, place, own=OWN, now=EDITED) is None


def test_bulk_deletion(library: Library) -> None:
    """Each id becomes a deletion in the thread's parent."""
    raw = library.parsed("message_delete_bulk")
    place = place_of(library.guild.get_channel_or_thread(raw.channel_id))
    assert place is not None
    events = [deletion_event(message, place) for message in sorted(raw.message_ids)]
    assert [event.ref.message for event in events] == [
        "1482669523968000000",
        "1482669528162304000",
    ]
    assert {event.ref.channel.channel for event in events} == {GENERAL}


def test_an_unknown_channel_has_no_place(library: Library) -> None:
    """A thread that discord.py does not know must not count as a channel of its own."""
    message = library.parsed("message_create", channel_id="999")
    assert place_of(message.channel) is None


def test_direct_messages_have_a_workspace_of_their_own(library: Library) -> None:
    """A DM belongs to no guild."""
    channel = discord.DMChannel._from_message(library.client._connection, 7)
    place = place_of(channel)
    assert place is not None
    assert place.ref.workspace == DIRECT


def test_a_user_has_no_roles(library: Library) -> None:
    """In history an author is no member."""
    assert role_words(library.client.user) == frozenset()  # type: ignore[arg-type]


def test_a_text_never_shows_in_a_repr(library: Library) -> None:
    """So that it cannot slip into a log."""
    assert "행복해" not in repr(event_of(library, "message_create"))
