"""Models of the Hub, from a stand-in on loopback: fetched once, checked, never half."""

import json
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub.constants
import huggingface_hub.file_download
import pytest

from classifier.base import BundleError, Language
from classifier.bundle import Activation, ModelBundle, Origin
from classifier.convert import convert
from classifier.labels import load_label_set
from classifier.models import Models
from classifier.names import HubName
from classifier.onnx import OnnxModel
from tests.classifier.published_repository import FOLDER, PUBLISHED, config, files
from tests.fakes.hub import FakeHub, serving


def lead_to(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set HF_ENDPOINT as the library has read it, which it does once, on import."""
    constants = huggingface_hub.constants
    template = constants.HUGGINGFACE_CO_URL_TEMPLATE.replace(constants.ENDPOINT, endpoint)
    for module in (constants, huggingface_hub.file_download):  # 0.36 keeps a copy there
        monkeypatch.setattr(module, "HUGGINGFACE_CO_URL_TEMPLATE", template, raising=False)
    monkeypatch.setattr(constants, "ENDPOINT", endpoint)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """A Hub with the published repository."""
    with serving() as hub:
        lead_to(hub.endpoint, monkeypatch)
        hub.push(PUBLISHED, files())
        yield hub


@pytest.fixture
def models(tmp_path: Path) -> Models:
    """Models with an empty cache."""
    return Models(tmp_path / "cache")


def left_behind(models: Models) -> list[str]:
    """What the cache holds besides its lock."""
    found = (str(it.relative_to(models.cache.root)) for it in models.cache.root.rglob("*"))
    return sorted(name for name in found if name != ".lock")


def test_the_published_model_is_served_by_its_name(hub: FakeHub, models: Models) -> None:
    """Its name alone gives a bundle of the 58 labels, in Korean, that says where it is from."""
    bundle = models.bundle(PUBLISHED)
    commit = hub.repositories[PUBLISHED].refs["main"]
    assert (bundle.label_set.name, bundle.activation) == ("aihub58", Activation.SOFTMAX)
    assert bundle.languages == (Language.KO,)
    assert bundle.origin.parents[0].name == f"{PUBLISHED}@{commit}"
    assert bundle.origin.licence == "mit"
    assert len(OnnxModel.open(bundle).predict("오늘 정말 행복해요").scores) == 58


def test_a_kept_model_asks_no_network(hub: FakeHub, models: Models) -> None:
    """Once it is kept, serving it makes no request, by branch and by commit alike."""
    revision = models.bundle(PUBLISHED).revision
    commit = hub.repositories[PUBLISHED].refs["main"]
    hub.requests.clear()
    assert models.bundle(PUBLISHED).revision == revision
    assert models.bundle(f"{PUBLISHED}@{commit}").revision == revision
    assert hub.requests == []


def test_a_start_stays_on_its_revision_until_a_pull(hub: FakeHub, models: Models) -> None:
    """A new commit is taken up by a pull alone; the commit before can still be named."""
    old = models.bundle(PUBLISHED)
    before = hub.repositories[PUBLISHED].refs["main"]
    hub.push(PUBLISHED, files(config_json=config(problem_type="multi_label_classification")))
    assert models.bundle(PUBLISHED).revision == old.revision
    new = models.pull(HubName(repository=PUBLISHED))
    assert new.activation is Activation.SIGMOID
    assert models.bundle(PUBLISHED).revision == new.revision
    assert models.bundle(f"{PUBLISHED}@{before}").revision == old.revision


def test_a_revision_is_pinned_by_name(hub: FakeHub, models: Models) -> None:
    """A tag is fetched as that tag, whatever the main branch holds by then."""
    tagged = hub.push(PUBLISHED, files(), ref="v1")
    hub.push(PUBLISHED, files(config_json=config(problem_type="multi_label_classification")))
    assert models.bundle(f"{PUBLISHED}@v1").folder.name.endswith(tagged)
    assert models.bundle(f"{PUBLISHED}@v1").activation is Activation.SOFTMAX


def test_a_published_bundle_is_taken_as_it_is(hub: FakeHub, models: Models, tmp_path: Path) -> None:
    """A bundle beside the weights is served as it is, and the weights are not fetched."""
    made = convert(
        FOLDER,
        tmp_path / "made",
        label_set=load_label_set("aihub58"),
        languages=(Language.KO,),
        origin=Origin(licence="MIT", parents=()),
        max_length=64,
    )
    inside = {f"bundle/{it.name}": it.read_bytes() for it in made.folder.iterdir()}
    hub.push("someone/trained", files() | inside)
    assert models.bundle("someone/trained").revision == made.revision
    assert hub.downloads("tf_model.h5") == 0


@pytest.mark.slow  # the library tries five times
def test_half_a_download_never_serves(hub: FakeHub, models: Models) -> None:
    """A connection that keeps breaking leaves nothing, and the next try gets the whole."""
    hub.cut_after = 1000
    with pytest.raises(BundleError, match=rf"{PUBLISHED}: the Hub cannot be reached"):
        models.bundle(PUBLISHED)
    assert left_behind(models) == []
    hub.cut_after = None
    assert len(models.bundle(PUBLISHED).label_set) == 58


def test_a_changed_byte_is_seen(hub: FakeHub, models: Models) -> None:
    """Weights of the right length but another hash are thrown away."""
    hub.damage = True
    with pytest.raises(BundleError, match=r"tf_model\.h5 is not what the Hub says it is"):
        models.bundle(PUBLISHED)
    assert left_behind(models) == []


def test_a_gated_repository_says_how_to_enter(hub: FakeHub, models: Models) -> None:
    """The page and the token are named."""
    hub.repositories[PUBLISHED].gated = True
    with pytest.raises(BundleError, match=rf"{PUBLISHED}: the repository is gated.* HF_TOKEN"):
        models.bundle(PUBLISHED)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("no/such", r"no/such: there is no such repository on the Hub, or it is private"),
        (f"{PUBLISHED}@v9", r"the repository has no revision 'v9'"),
    ],
)
def test_what_is_not_there_is_named(name: str, sentence: str, hub: FakeHub, models: Models) -> None:
    """A missing repository and a missing revision are two sentences."""
    with pytest.raises(BundleError, match=sentence):
        models.bundle(name)
    assert left_behind(models) == []


def test_no_network_is_one_sentence(models: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Hub that is not there is named with what to do."""
    lead_to("http://127.0.0.1:9", monkeypatch)
    with pytest.raises(BundleError, match=r"the Hub cannot be reached .* check the network"):
        models.bundle(PUBLISHED)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"config_json": config(model_type="roberta")}, r"model_type is 'roberta'"),
        (
            {"config_json": config(architectures=["BertForMaskedLM"])},
            r"architecture is BertForMaskedLM, a BertForSequenceClassification is needed",
        ),
        (
            {"config_json": config(id2label={str(n): f"LABEL_{n}" for n in range(60)})},
            r"60 outputs, label set aihub58 has 58 labels",
        ),
        ({"config_json": None}, r"no config\.json"),
        ({"tokenizer_json": None, "vocab_txt": None}, r"no tokenizer\.json and no vocab\.txt"),
        ({"tf_model_h5": None}, r"no weights, model\.safetensors or tf_model\.h5 is needed"),
    ],
)
def test_an_unfit_repository_costs_no_download(
    changes: dict[str, bytes | None], sentence: str, hub: FakeHub, models: Models
) -> None:
    """What the small files tell is told before the weights are fetched, by the model's name."""
    hub.push(PUBLISHED, files(**changes))
    with pytest.raises(BundleError, match=sentence) as caught:
        models.bundle(PUBLISHED)
    assert str(caught.value).startswith(PUBLISHED)
    assert hub.downloads("tf_model.h5") == 0
    assert left_behind(models) == []


def test_a_pickle_is_never_fetched(hub: FakeHub, models: Models) -> None:
    """pytorch_model.bin alone is refused with what its author can do about it."""
    content = {**files(tf_model_h5=None), "pytorch_model.bin": b"\x80\x04 would run code"}
    hub.push(PUBLISHED, content)
    with pytest.raises(BundleError, match=r"only in pytorch_model\.bin, a pickle"):
        models.bundle(PUBLISHED)
    assert hub.downloads("pytorch_model.bin") == 0


def test_numbered_outputs_of_a_stranger_are_asked_about(hub: FakeHub, models: Models) -> None:
    """Nothing is guessed: the candidates are listed, and the answer is kept."""
    hub.push("some/one", files())
    with pytest.raises(BundleError, match=r"maeum model pull some/one --label-set aihub58"):
        models.bundle("some/one")
    models.pull(HubName(repository="some/one"), label_set="aihub58")
    assert models.bundle("some/one").label_set.name == "aihub58"


def test_an_outsized_small_file_is_not_fetched(hub: FakeHub, models: Models) -> None:
    """A tokenizer of a hundred megabytes is no tokenizer."""
    padded = files()["vocab.txt"] + b"\n" * 100_000_000
    hub.push(PUBLISHED, files(vocab_txt=padded))
    with pytest.raises(BundleError, match=r"vocab\.txt has 100 MB"):
        models.bundle(PUBLISHED)
    assert hub.downloads("vocab.txt") == 0


def test_names_of_the_repository_stay_inside(hub: FakeHub, models: Models, tmp_path: Path) -> None:
    """A listed file whose path climbs out is not asked for."""
    hub.push(PUBLISHED, {**files(), "../../escaped.json": b"{}", "/tmp/escaped.json": b"{}"})
    models.bundle(PUBLISHED)
    assert not list(tmp_path.rglob("escaped.json"))
    assert not any("escaped" in request for request in hub.requests)


def test_tensorflow_gets_the_files_themselves(hub: FakeHub, models: Models) -> None:
    """The checkpoint is kept beside the bundle of the same commit, and removed with it."""
    models.bundle(PUBLISHED)
    folder = models.checkpoint(PUBLISHED)
    assert sorted(it.name for it in folder.iterdir()) == [
        "config.json",
        "tf_model.h5",
        "tokenizer.json",
        "tokenizer_config.json",
        "vocab.txt",
    ]
    hub.requests.clear()
    assert models.checkpoint(PUBLISHED) == folder
    assert hub.requests == []
    with models.cache.changing():
        models.cache.remove(models.cache.entry(PUBLISHED))
    assert not folder.exists()


def test_a_damaged_index_is_named(models: Models) -> None:
    """names.json that is no JSON is told with its path."""
    models.cache.root.mkdir()
    (models.cache.root / "names.json").write_text("{")
    with pytest.raises(BundleError, match=r"names\.json: not JSON"):
        models.bundle(PUBLISHED)


def test_what_a_killed_pull_left_is_swept(hub: FakeHub, models: Models) -> None:
    """The drafts of a process that was killed do not serve, and go with the next change."""
    drafts = models.cache.root / "drafts"
    drafts.mkdir(parents=True)
    (drafts / "tf_model.h5").write_bytes(b"half of it")
    assert models.bundle(PUBLISHED).label_set.name == "aihub58"
    assert not drafts.exists()


def test_a_damaged_entry_does_not_serve(hub: FakeHub, models: Models) -> None:
    """A kept bundle is hashed at every start."""
    bundle: ModelBundle = models.bundle(PUBLISHED)
    manifest = json.loads((bundle.folder / "bundle.json").read_text(encoding="utf-8"))
    model = bundle.folder / "model.onnx"
    model.write_bytes(model.read_bytes()[:-1] + b"\0")
    assert manifest["files"]["model.onnx"]["size"] == model.stat().st_size
    with pytest.raises(BundleError, match=r"model\.onnx: sha256 is"):
        models.bundle(PUBLISHED)
