"""Recipes: TOML files that say how a model is made, read into frozen values and checked."""

import tomllib
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.resources import files
from pathlib import Path

from classifier.base import LabelSet, Language
from classifier.labels import load_label_set
from training.typed import RecipeError, fill

_RECIPES = files(__package__) / "recipes"


class Objective(StrEnum):
    """How many labels a text may have."""

    SINGLE = "single"  # softmax
    MULTI = "multi"  # sigmoid


class Layout(StrEnum):
    """How the rows of a corpus are laid out."""

    TABLE = "table"  # a text column and a label column
    AIHUB = "aihub"  # 감성 대화: a dialogue a row, its turns in columns


class Turns(StrEnum):
    """What one sample of a dialogue corpus is."""

    SEPARATE = "separate"  # each sentence of the person
    JOINED = "joined"  # all the person says in the dialogue


class Part(StrEnum):
    """What a corpus is used for."""

    TRAIN = "train"
    DEV = "dev"
    TEST = "test"
    POOL = "pool"  # divided among the three by [split]


class Measure(StrEnum):
    """What chooses the best epoch, on validation rows."""

    ACCURACY = "accuracy"
    LOSS = "loss"
    MACRO_F1 = "macro_f1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The checkpoint to start from: a Hugging Face folder, or a Hub repository."""

    path: str
    revision: str | None = None  # of a Hub repository
    name: str = ""
    licence: str = ""
    credit: str = ""
    layers: tuple[int, ...] = ()  # of the encoder, those kept; none named keeps all
    keep_head: bool = False  # go on with the classifier of the checkpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """A file of labelled rows and how it enters the training."""

    name: str
    path: str
    part: Part = Part.TRAIN
    layout: Layout = Layout.TABLE
    turns: Turns = Turns.SEPARATE  # of the layout aihub
    language: Language = Language.KO
    licence: str = ""
    credit: str = ""
    header: bool = True  # whether the first line of a table names its columns
    text: str = "text"  # a column, by name or by number from 0
    label: str = "label"
    separator: str = ","  # between the labels of a row
    label_set: str | None = None  # of the label column, when it is not the recipe's
    map: str | None = None  # a file of maps/: what each label may be in the recipe's label set
    weight: float = 1.0  # of a row in the loss
    hold_out: int = 0  # rows of a train corpus kept as a dev set of its own
    hangul: bool = False  # drop rows without a Hangul syllable: failed translations
    normalise: bool = True  # clean the text as serving does


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """How a pool is divided: the share `test` of all rows, then `dev` of the rest; 0 keeps none."""

    test: float = 0.2
    dev: float = 0.25
    by_dialogue: bool = False  # keep the rows of a dialogue on one side
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopping:
    """Stop when the measure has not grown by `min_delta` for more than `patience` epochs."""

    measure: Measure = Measure.ACCURACY
    min_delta: float = 0.0
    patience: int | None = None  # None goes on to the last epoch
    restore_best: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """Hyperparameters of a training run."""

    epochs: float = 3.0
    batch: int = 32
    rate: float = 2e-5  # of the body
    head_rate: float = 1.0  # of pooler and classifiers, times the body's
    warm_up: float = 0.0  # share of all steps
    decay: bool = False  # linearly to zero at the last step
    clip: float = 0.0  # global gradient norm; 0 leaves it
    label_smoothing: float = 0.0
    balance: float = 0.0  # class weights: (mean count / count) to this power
    prior_bias: bool = False  # start new classifiers at the log prior of their labels
    auxiliary: float = 0.0  # weight of the auxiliary heads' loss
    by_length: bool = True  # batches of like length, padded to their own longest
    dropout: float | None = None  # in the encoder, when not the checkpoint's
    mixed_precision: bool = False  # bfloat16 where the processor computes in it
    checkpoint_every: int = 500  # steps
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Everything that decides a trained model."""

    label_set: str
    objective: Objective
    languages: tuple[Language, ...]
    base: Base
    corpora: tuple[Corpus, ...]
    licence: str = "MIT"
    max_length: int = 128
    split: Split = field(default_factory=Split)
    fit: Fit = field(default_factory=Fit)
    stopping: Stopping = field(default_factory=Stopping)

    @property
    def labels(self) -> LabelSet:
        """The label set of the main head."""
        return load_label_set(self.label_set)


def recipe_names() -> tuple[str, ...]:
    """The recipes that come with the package."""
    names = (entry.name for entry in _RECIPES.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def load_recipe(name: str) -> Recipe:
    """The recipe called `name`, or in the TOML file at that path."""
    if name in recipe_names():
        return parse_recipe((_RECIPES / f"{name}.toml").read_text(encoding="utf-8"), name)
    path = Path(name)
    if not path.is_file():
        known = ", ".join(recipe_names())
        raise RecipeError(f"There is no recipe {name!r}; give a TOML file or one of {known}.")
    return parse_recipe(path.read_text(encoding="utf-8"), name)


def parse_recipe(toml: str, name: str) -> Recipe:
    """Read and check a recipe; `name` is said in errors."""
    try:
        raw = tomllib.loads(toml)
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"The recipe {name} is not valid TOML: {error}.") from error
    recipe = fill(Recipe, raw, f"recipe {name}")
    for wrong in _wrong(recipe):
        raise RecipeError(f"recipe {name}: {wrong}.")
    return recipe


def _wrong(recipe: Recipe) -> list[str]:
    """What the types cannot say."""
    fit, split = recipe.fit, recipe.split
    shares = {
        "split.test": split.test,
        "split.dev": split.dev,
        "fit.warm_up": fit.warm_up,
        "fit.label_smoothing": fit.label_smoothing,
        "fit.dropout": fit.dropout or 0.0,
    }
    positive = {
        "max_length": recipe.max_length,
        "fit.epochs": fit.epochs,
        "fit.batch": fit.batch,
        "fit.rate": fit.rate,
        "fit.head_rate": fit.head_rate,
        "fit.checkpoint_every": fit.checkpoint_every,
    }
    names = [corpus.name for corpus in recipe.corpora]
    return [
        *(f"{key} is {value}; from 0 to below 1 is needed" for key, value in shares.items()
          if not 0 <= value < 1),
        *(f"{key} is {value}; more than 0 is needed" for key, value in positive.items()
          if not value > 0),
        *(f"two corpora are called {name!r}; give each its own name" for name in names
          if names.count(name) > 1),
        *(f"corpus {corpus.name}: weight is {corpus.weight}; more than 0 is needed"
          for corpus in recipe.corpora if not corpus.weight > 0),
        *(f"corpus {corpus.name}: its labels are {corpus.label_set}, so without a map it can only"
          " be trained on" for corpus in recipe.corpora if _only_auxiliary(corpus, recipe)),
        *([] if recipe.corpora else ["corpora is empty; at least one is needed"]),
    ]  # fmt: skip


def _only_auxiliary(corpus: Corpus, recipe: Recipe) -> bool:
    """Whether rows that say nothing of the recipe's labels would be scored by them."""
    foreign = corpus.label_set not in (None, recipe.label_set) and corpus.map is None
    return foreign and (corpus.part is not Part.TRAIN or corpus.hold_out > 0)
