"""The sample chat holds what the demo is there to show."""

import re
from collections import Counter, defaultdict
from datetime import timedelta
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

import pytest

from adapters.replay import Delivery, Log, open_log
from bot.distress import is_distress
from bot.events import Kind, MessageEvent, Source
from bot.replay import SAMPLE

SEOUL = ZoneInfo("Asia/Seoul")
CHANNELS = {"수다", "game-night", "팀-로켓"}


@pytest.fixture(scope="module")
def log() -> Log:
    """The sample, opened as `maeum demo` opens it."""
    return open_log(SAMPLE)


@pytest.fixture(scope="module")
def deliveries(log: Log) -> list[Delivery]:
    """The sample from beginning to end."""
    return list(log)


@pytest.fixture(scope="module")
def events(deliveries: list[Delivery]) -> list[MessageEvent]:
    """Its message events."""
    return [delivery.event for delivery in deliveries]


@pytest.fixture(scope="module")
def said(events: list[MessageEvent]) -> list[MessageEvent]:
    """What people wrote, each message once as it was first written."""
    first = {
        event.ref: event
        for event in events
        if event.kind is Kind.NEW and event.source is Source.PERSON
    }
    return list(first.values())


def having(said: list[MessageEvent], pattern: str) -> int:
    """How many messages `pattern` is found in."""
    return sum(bool(re.search(pattern, event.text)) for event in said)


def test_every_line_is_read(log: Log, deliveries: list[Delivery]) -> None:
    """No line of the sample is a fault."""
    assert len(deliveries) == len(SAMPLE.read_text(encoding="utf-8").splitlines())
    assert log.tally.skipped == 0


def test_it_lasts_six_days(deliveries: list[Delivery]) -> None:
    """It goes on for six days in a row, up to a Sunday evening in Seoul."""
    days = {delivery.at.astimezone(SEOUL).date() for delivery in deliveries}
    end = deliveries[-1].at.astimezone(SEOUL)
    assert len(days) == 6
    assert max(days) - min(days) == timedelta(days=5)
    assert (end.strftime("%A"), end.hour) == ("Sunday", 21)


def test_three_channels_live_every_day(said: list[MessageEvent]) -> None:
    """At least 170 messages by people, fifty a channel, some every day, by enough for a mood."""
    people, days, count = defaultdict(set), defaultdict(set), Counter[str]()
    for event in said:
        channel = event.ref.channel.channel
        people[channel].add(event.author)
        days[channel].add(event.sent_at.astimezone(SEOUL).date())
        count[channel] += 1
    assert set(count) == CHANNELS
    assert count.total() >= 170
    assert min(count.values()) >= 50
    assert all(len(authors) >= 3 for authors in people.values())
    assert all(len(dates) == 6 for dates in days.values())


def test_people_recur(said: list[MessageEvent]) -> None:
    """Ten people make the chat, two of them in two channels; one guest passes by."""
    spoken = Counter(event.author for event in said)
    channels = defaultdict(set)
    for event in said:
        channels[event.author].add(event.ref.channel.channel)
    assert sum(count >= 5 for count in spoken.values()) == 10
    assert len(spoken) == 11
    assert {author for author, where in channels.items() if len(where) > 1} == {"하늘", "juno"}


def test_it_speaks_korean_and_english_and_a_little_japanese(said: list[MessageEvent]) -> None:
    """Both languages of the model fill it, and a third that it does not speak drops by."""
    assert having(said, "[가-힣]") >= 80
    assert having(said, r"^[^가-힣]*[A-Za-z]{2}[^가-힣]*$") >= 70
    assert having(said, "[ぁ-ん]") == 2


@pytest.mark.parametrize(
    ("what", "pattern", "least"),
    [
        ("laughter in jamo", "ㅋㅋㅋ", 8),
        ("tears in jamo", "ㅠㅠ", 5),
        ("laughter in English", r"\b(?:lol|haha\w*)\b", 3),
        ("emoji alone", r"^[^\w<>:]+$", 4),
        ("emoji among words", "\\w.*[\U0001f300-\U0001faff]", 8),
        ("a link alone", r"^https://\S+$", 2),
        ("a link in Slack's markup", r"<https://[^>]+>", 2),
        ("a code block", r"```", 1),
        ("inline code", r"(?<!`)`[^`]+`(?!`)", 1),
        ("a quote", r"^> ", 2),
        ("Discord bold", r"\*\*[^*]+\*\*", 1),
        ("a Discord spoiler", r"\|\|[^|]+\|\|", 1),
        ("a Discord emoji", r"<:\w+:\d+>", 1),
        ("Slack bold", r"(?<!\*)\*[^*]+\*(?!\*)", 2),
        ("a Discord mention", r"<@\d+>", 1),
        ("a Slack mention", r"<@U\w+>", 1),
        ("an emoji by its short code", r":[a-z_]+:(?!\d)", 2),
        ("several lines", "\n", 3),
        ("shouting", r"\b[A-Z]{2,} [A-Z]{2,}\b", 4),
    ],
)
def test_it_is_written_as_people_write(
    said: list[MessageEvent], what: str, pattern: str, least: int
) -> None:
    """Everything the text normalisation has to bear is there."""
    assert having(said, pattern) >= least, what


def test_there_are_edits_deletions_and_a_bot(events: list[MessageEvent]) -> None:
    """Angry drafts become calmer, typing errors are mended, two messages are taken back."""
    kinds = Counter(event.kind for event in events)
    assert kinds[Kind.EDITED] == 4
    assert kinds[Kind.DELETED] == 2
    assert sum(event.source is Source.BOT for event in events) == 3
    first = {event.ref: event for event in events if event.kind is Kind.NEW}
    for event in events:
        if event.kind is Kind.EDITED:
            assert event.sent_at == first[event.ref].sent_at < event.revised_at
            assert event.text != first[event.ref].text
        if event.kind is Kind.DELETED:
            assert event.revised_at > first[event.ref].sent_at


def test_one_message_is_delivered_twice(events: list[MessageEvent]) -> None:
    """A redelivered message is there word for word, and no other."""
    twice = [event for event, count in Counter(events).items() if count > 1]
    assert [event.text for event in twice] == ["LET'S GOOOOO"]


def test_one_edit_arrives_before_its_original(deliveries: list[Delivery]) -> None:
    """The order of delivery is the order of time, but for one original that its edit overtook."""
    late = [delivery.event for delivery in deliveries if delivery.event.revised_at < delivery.at]
    assert [(event.kind, event.ref.message) for event in late if event.text != "LET'S GOOOOO"] == [
        (Kind.NEW, "r043")
    ]
    place = [delivery.event.ref.message for delivery in deliveries].index("r043")
    assert deliveries[place].event.kind is Kind.EDITED


def test_a_thread_counts_under_its_channel(said: list[MessageEvent]) -> None:
    """A conversation in a thread names a message of its own channel."""
    threads = {event.thread: event.ref.channel.channel for event in said if event.thread}
    ids = {event.ref.message: event.ref.channel.channel for event in said}
    assert threads
    assert all(ids[thread] == channel for thread, channel in threads.items())


def test_one_message_of_distress_is_answered_with_care(said: list[MessageEvent]) -> None:
    """Exactly one message is distress; three friends answer within ten minutes."""
    [distress] = [event for event in said if is_distress(event.text)]
    answers = {
        event.author
        for event in said
        if event.ref.channel == distress.ref.channel
        and timedelta(0) < event.sent_at - distress.sent_at <= timedelta(minutes=10)
    }
    assert distress.text == "이제 너무 힘들어요. 다 그만두고 사라지고 싶다"
    assert len(answers - {distress.author}) == 3


def test_messages_leave_room_for_reactions(said: list[MessageEvent]) -> None:
    """Messages are short, and nobody writes in bursts that a channel's cooldown would swallow."""
    assert max(len(event.text) for event in said) <= 100
    for _, channel in groupby(
        sorted(said, key=lambda event: (event.ref.channel.channel, event.sent_at)),
        key=lambda event: event.ref.channel.channel,
    ):
        times = [event.sent_at for event in channel]
        gaps = [later - earlier for earlier, later in pairwise(times)]
        assert min(gaps) >= timedelta(seconds=20)
