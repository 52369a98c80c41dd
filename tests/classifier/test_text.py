import re
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifier.text import MAX_CHARS, has_words, is_too_short, normalise, spoken

# Pieces that are, begin, end or hide markup; any two may meet.
FRAGMENTS = """
<@1> <@!1> <@U1|minji> <@&1> <#1> <#C1|general> </mood:1> <t:1:R> <:a:1> <a:b:2> <!here>
<https://a.b|label> <https://a.b| <mailto:a| <@ < > >>> >_< &gt; &lt; &amp; amp; & lt;
``` ` `` ** * *** __ _ ~~ ~ || | :joy: :foo: :+1: : :: joy @everyone @ [ ]( ) [label](https://a.b)
[NAME] NAME https://a.b http:// www. a@b.co ㅋ ㅋㅋㅋ ㅠㅠㅠㅠ !!!!! ... soooo aaa b 1 가 ᄀ ᅡ ᆨ
❤️ 👍🏽 😂😂😂😂 🤷‍♀️ 🇰🇷
""".split()  # noqa: SIM905 - a list a line long each would hide what meets what
BLANKS = [" ", "\n", "\n> ", "\n>>> ", "\r\n", "\u2028", "\x1f", "\u3164"]
HIDDEN = [
    "\u200b",
    "\u200d",
    "\u202e",
    "\ufe0f",
    "\x00",
    "\ud83d",
    "\u0301",
    "\u0958",
    "\U0001d160",
]
messages = st.lists(
    st.sampled_from(FRAGMENTS) | st.sampled_from(BLANKS + HIDDEN) | st.characters(), max_size=30
).map("".join)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(messages)
def test_normalising_twice_changes_nothing(raw):
    """The normal form of a normal form is itself, within the bound, and can be encoded."""
    text = normalise(raw)
    assert normalise(text) == text
    assert len(text) <= MAX_CHARS
    assert text == text.strip()
    text.encode()


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(messages)
def test_looking_for_markup_first_misses_none(raw):
    """A text without any character of markup is what it is with all patterns tried on it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("classifier.text._MAY_BE_MARKUP", re.compile(""))
        tried = normalise(raw)
    assert normalise(raw) == tried


@given(st.integers(0, 40))
def test_markup_nested_on_purpose_has_a_normal_form_too(depth):
    """Layers deeper than anybody writes are not peeled for ever, and still end in a fixed point."""
    text = normalise("<mailto:a|" * depth + "help" + ">" * depth)
    assert normalise(text) == text
    assert "help" in text


@pytest.mark.parametrize(
    "fragment", [*FRAGMENTS, *HIDDEN, "*a ", "^*", "</a:", "[a](http://", "> "]
)
def test_a_megabyte_of_one_fragment_is_quick(fragment):
    """No fragment makes the work grow with more than the bound on a text's length."""
    raw = fragment * (1_000_000 // len(fragment))
    start = time.process_time()
    assert len(normalise(raw)) <= MAX_CHARS
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize("fragment", ["<mailto:a|", "*a *_b_ ", "(*", ":a", "&amp;", "http://a "])
def test_the_work_grows_with_the_length_only(fragment):
    """Ten times the text takes nowhere near a hundred times the time."""

    def seconds(chars: int) -> float:
        raw = (fragment * chars)[:chars]
        times = []
        for _ in range(5):
            start = time.process_time()
            normalise(raw)
            times.append(time.process_time() - start)
        return min(times)

    normalise(":joy:")  # the table of short codes is read once
    assert seconds(4_000) < 40 * max(seconds(400), 1e-5)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("<@123> 고마워요!", "[NAME] 고마워요!"),
        ("<@!123>님 안녕", "[NAME]님 안녕"),
        ("<@U12|minji> thanks", "[NAME] thanks"),
        ("<@1> <@2> <@3> hi", "[NAME] hi"),
        ("<@&9> 모여요", "모여요"),
        ("<#123> and <#C1|general> look", "and look"),
        ("</emotion channel:12> 써봐", "써봐"),
        ("see you <t:1700000000:R>", "see you"),
        ("ㅎㅎ <a:catjam:123><:sadge:9>", "ㅎㅎ"),
        ("<!here> hi <!subteam^S1|@team> <!date^1^{date}|Feb 1>", "hi"),
        ("@everyone @here 주목", "주목"),
        ("I <3 you", "I <3 you"),
        ("a < b and c > d", "a < b and c > d"),
        ("<sarcasm>great</sarcasm>", "<sarcasm>great</sarcasm>"),
    ],
)
def test_platform_markup_goes_and_people_become_a_mask(raw, text):
    """What a platform writes in angle brackets goes; the author's own angle brackets stay."""
    assert normalise(raw) == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("<https://x.com|my blog> 봐", "my blog 봐"),
        ("[my blog](https://x.com/a?b=c) 봐", "my blog 봐"),
        ("[my blog](<https://x.com>) 봐", "my blog 봐"),
        ("<https://x.com>", ""),
        ("https://naver.com/a_b_c 이거 봐", "이거 봐"),
        ("HTTPS://X.COM www.naver.com 봤어?", "봤어?"),
        ("메일은 a.b+c@naver.com 이에요", "메일은 이에요"),
        ("<mailto:a@b.co|a@b.co> 로", "로"),
    ],
)
def test_addresses_go_and_their_labels_stay(raw, text):
    """Nobody feels a URL; the words somebody linked are words."""
    assert normalise(raw) == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("> he said\nno way", "no way"),
        ("&gt; he said\r\nno way", "no way"),
        ("ok\n>>> a\nb", "ok"),
        ("ok\n&gt;&gt;&gt; a\nb", "ok"),
        ("> all quoted", ""),
        (">_< 아파", ">_< 아파"),
        ("@everyone > 저요", "저요"),
        ("look ```py\n> x = 1\n``` here", "look here"),
        ("run `rm -rf` or ``a``", "run or"),
    ],
)
def test_quotes_and_code_go(raw, text):
    """Quoted lines are somebody else's words, and code is nobody's."""
    assert normalise(raw) == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("**b** __u__ ~~s~~ ||sp|| *i* _it_ ***bi***", "b u s sp i it bi"),
        ("**_~~deep~~_**", "deep"),
        ("**마음**이 아파", "마음이 아파"),
        ("f**k this s**t", "f**k this s**t"),
        ("네~~ 좋아요~~", "네~~ 좋아요~~"),
        ("snake_case_name 2*3*4", "snake_case_name 2*3*4"),
        ("ㅠ_ㅠ ^_^ T_T -_- (*_*) (*^^*)", "ㅠ_ㅠ ^_^ T_T -_- (*_*) (*^^*)"),
        ("a &lt; b &amp;&amp; c &quot;", "a < b && c &quot;"),
    ],
)
def test_emphasis_is_unwrapped_and_escapes_undone(raw, text):
    """Marks that emphasise go; the same marks in faces, swearing and names stay."""
    assert normalise(raw) == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("nice :joy: :thumbsup::skin-tone-3:", "nice 😂 👍"),
        (":smiling_face_with_3_hearts: :woman-shrugging:", "🥰 🤷"),
        ("so :partyparrot: yes", "so yes"),
        ("ㅋㅋ:joy:ㅋㅋ", "ㅋㅋ😂ㅋㅋ"),
        ("at 12:30:45, a:b:c", "at 12:30:45, a:b:c"),
        ("❤️ 👍🏽 🤷‍♀️", "❤ 👍 🤷♀"),
    ],
)
def test_emoji_have_one_form(raw, text):
    """Short codes become emoji, custom ones go, and no variant of an emoji differs from another."""
    assert normalise(raw) == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("ㅋㅋㅋㅋㅋ ㅠㅠㅠ ㅜㅜㅜㅜ", "ㅋㅋ ㅠㅠ ㅜㅜ"),
        ("soooo goooood", "soo good"),
        ("와아아아아!!!!!!! ..... 😂😂😂😂😂", "와아아!!! ... 😂😂😂"),
        ("100000원", "100000원"),
        ("a\u200bb\u202ec\u2066d\x00e\ud83d", "abcde"),
        ("\u1112\u1161\u11ab글", "한글"),
        (" a \t\n\n b\u3164", "a b"),
    ],
)
def test_stretched_and_hidden_characters_shrink(raw, text):
    """However long somebody laughs or cries, and whatever hides in a text, it reads the same."""
    assert normalise(raw) == text


def test_only_the_beginning_of_an_endless_text_is_read():
    """A text is cut at the bound before anything else is done."""
    assert normalise("가나 " * MAX_CHARS) == ("가나 " * MAX_CHARS)[:MAX_CHARS].strip()


@pytest.mark.parametrize("raw", ["응", "ok", "ㅋㅋㅋㅋ", "ㅠㅠ", "헐", "<@1> 헐", "한 번"])
def test_letters_are_words(raw):
    """One Korean syllable is a word, and so are written laughing and crying."""
    text = normalise(raw)
    assert has_words(text)
    assert not is_too_short(text)


@pytest.mark.parametrize(
    "raw",
    ["", "😂😂", "❤️", "?!", "1234", ":)", "https://x.com", "<@1>", "<@1> <@2>!", "🇰🇷", "\u3164"],
)
def test_emoji_numbers_links_and_names_are_not_words(raw):
    """A message without letters of the author's own says nothing to a model of words."""
    assert not has_words(normalise(raw))


@pytest.mark.parametrize("raw", ["ㅋ", "k", "<@1> k!!", "é"])
def test_one_letter_is_too_short(raw):
    """A single letter is a word of sorts, but too little to feel anything in."""
    text = normalise(raw)
    assert has_words(text)
    assert is_too_short(text)


def test_masks_are_not_the_authors_words():
    """What the author said leaves the mask of a mentioned person out."""
    assert spoken(normalise("<@1> 보고 싶다")).strip() == "보고 싶다"
