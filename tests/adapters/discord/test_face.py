"""A reply's face: bars, fields, limits, attachments, command names."""

import pytest

from adapters.discord.face import embed_of, face, spelled
from bot.events import Field, Link, Picture, Reply, Tone
from classifier.base import Language

KO, EN = Language.KO, Language.EN


def test_shares_become_bars_and_the_rest_fields() -> None:
    """A bar is as long as its share; plain fields keep name and value."""
    reply = Reply(
        title="Mood",
        text="So it is.",
        fields=(
            Field(name="joy", value="50%", share=0.5),
            Field(name="all", value="100%", share=1.0),
            Field(name="Counted", value="12 messages"),
        ),
        footer="Monday",
    )
    embed = embed_of(reply, EN)
    assert embed.title == "Mood"
    assert embed.description is not None
    text, half, whole = embed.description.replace("\n\n", "\n").split("\n")
    assert text == "So it is."
    assert (half.count("▰"), half.count("▱")) == (6, 6)
    assert (whole.count("▰"), whole.count("▱")) == (12, 0)
    assert [(field.name, field.value) for field in embed.fields] == [("Counted", "12 messages")]
    assert embed.footer.text == "Monday"


def test_the_tone_colours_the_stripe() -> None:
    """Each tone has a colour of its own, none of them near black or white."""
    colours = {embed_of(Reply(title="t", tone=tone), EN).colour for tone in Tone}
    assert len(colours) == len(Tone)
    for colour in colours:
        assert colour is not None
        assert 0x30 < max(colour.to_rgb()) < 0xFF
        assert sum(colour.to_rgb()) / 3 > 0x40


@pytest.mark.parametrize("size", [10, 300, 5000])
@pytest.mark.parametrize("count", [1, 25, 60])
def test_no_reply_breaks_discords_limits(size: int, count: int) -> None:
    """However long it gets, the embed stays one that Discord takes."""
    words = "가" * size
    fields = tuple(Field(name=words, value=words) for _ in range(count))
    embed = embed_of(Reply(title=words, text=words, fields=fields, footer=words), KO)
    assert len(embed) <= 6000
    assert len(embed.title or "") <= 256
    assert len(embed.description or "") <= 4096
    assert len(embed.fields) <= 25
    assert all(len(field.name or "") <= 256 for field in embed.fields)
    assert all(len(field.value or "") <= 1024 for field in embed.fields)


def test_an_empty_value_is_still_a_field() -> None:
    """Discord refuses empty names and values."""
    [field] = embed_of(Reply(title="t", fields=(Field(name="", value=""),)), EN).fields
    assert field.name
    assert field.value


def test_a_chart_is_attached_with_its_words() -> None:
    """The image of the embed is the attachment, described for those who cannot see it."""
    picture = Picture(png=b"\x89PNG", name="mood.png", alt="Chart: joy " * 200)
    shown = face(Reply(title="t", picture=picture), EN)
    [file] = shown["files"]
    assert shown["embed"].image.url == "attachment://mood.png"
    assert file.fp.read() == b"\x89PNG"
    assert file.description.startswith("Chart: joy")
    assert len(file.description) <= 1024


def test_an_export_is_a_file() -> None:
    """Name and content as given."""
    [file] = face(Reply(title="t", attachment=("a.json", b"{}")), EN)["files"]
    assert (file.filename, file.fp.read()) == ("a.json", b"{}")


@pytest.mark.parametrize(
    ("typed", "language", "called"),
    [
        ("/emotion privacy opt-out", EN, "/emotion privacy opt-out"),
        ("/emotion privacy opt-out", KO, "/감정 개인정보 거부"),
        ("/emotion 채널 [#채널]", KO, "/감정 채널 [#채널]"),
        ("/emotion settings [NAME VALUE]", EN, "/emotion-settings change [NAME VALUE]"),
        ("/emotion 설정 [이름 값]", KO, "/감정-설정 바꾸기 [이름 값]"),
        ("/emotion 문장", KO, "/감정 문장"),
        ("/emotion digest daily 18:00", EN, "/emotion-settings digest daily 18:00"),
        ("/emotion export [#channel]", EN, "/emotion-settings export [#channel]"),
        ("Only /emotion.", EN, "Only /emotion."),
        ("no command", KO, "no command"),
    ],
)
def test_commands_are_named_as_discord_shows_them(
    typed: str, language: Language, called: str
) -> None:
    """What an answer says to type is what the person finds."""
    assert spelled(typed, language) == called


def test_a_link_is_shown_by_its_words() -> None:
    """The address is under the words, whole and untouched by the naming of commands."""
    link = Link(words="Open it", address="http://127.0.0.1:8080/dashboard?lang=ko#a-b_c.d")
    embed = embed_of(Reply(title="t", text="Ask /emotion dashboard", link=link), KO)
    assert embed.description == f"Ask /감정 대시보드\n\n**[Open it]({link.address})**"
