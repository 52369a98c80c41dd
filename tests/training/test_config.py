"""Recipes: what comes with the package, and what is refused by its name."""

import pytest

from classifier.base import Language
from training.config import Layout, Measure, Objective, Turns, load_recipe, parse_recipe
from training.config import recipe_names as names
from training.typed import RecipeError

SMALL = """
label_set = "goemotions28"
objective = "multi"
languages = ["en"]
[base]
path = "somewhere"
[[corpora]]
name = "one"
path = "one.tsv"
"""


@pytest.mark.parametrize("name", names())
def test_every_recipe_of_the_package_is_whole(name: str) -> None:
    """Each recipe reads, names a known label set, and credits its base and corpora."""
    recipe = load_recipe(name)
    assert len(recipe.labels) > 0
    for source in (recipe.base, *recipe.corpora):
        assert source.name
        assert source.licence
        assert source.credit


def test_the_published_recipe_is_as_published() -> None:
    """aihub58 has the published hyperparameters, split, layout and stopping rule."""
    recipe = load_recipe("aihub58")
    assert recipe.objective is Objective.SINGLE
    assert (recipe.base.path, recipe.max_length) == ("klue/bert-base", 128)
    fit = recipe.fit
    assert (fit.rate, fit.batch, fit.epochs) == (2e-5, 64, 3)
    assert (fit.head_rate, fit.warm_up, fit.decay, fit.by_length) == (1, 0, False, False)
    split = recipe.split
    assert (split.test, split.dev, split.seed, split.by_dialogue) == (0.2, 0.25, 0, False)
    stopping = recipe.stopping
    assert (stopping.measure, stopping.min_delta, stopping.patience) == (Measure.ACCURACY, 0.001, 0)
    (corpus,) = recipe.corpora
    assert (corpus.layout, corpus.turns) == (Layout.AIHUB, Turns.SEPARATE)


def test_a_small_recipe_takes_the_defaults() -> None:
    """Only labels, objective, languages, base and a corpus have to be said."""
    recipe = parse_recipe(SMALL, "small")
    assert recipe.languages == (Language.EN,)
    assert recipe.fit.batch == 32


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("[fit]\nlearning_rate = 1.0", "fit has no key 'learning_rate'"),
        ("[fit]\nbatch = 3.5", "fit.batch is 3.5; a whole number is needed"),
        ("[fit]\nbatch = 0", "fit.batch is 0; more than 0"),
        ("[fit]\ndecay = 1", "fit.decay is 1; true or false is needed"),
        ("[fit]\nwarm_up = 1.0", "fit.warm_up is 1.0; from 0 to below 1"),
        ("[stopping]\nmeasure = 'luck'", "stopping.measure is 'luck'; choose one of accuracy"),
        ("[[corpora]]\nname = 'one'\npath = 'b'", "two corpora are called 'one'"),
        ("[[corpora]]\nname = 'two'\npath = 'b'\nweight = 0", "weight is 0.0; more than 0"),
        (
            "[[corpora]]\nname = 'two'\npath = 'b'\nlabel_set = 'kote44'\nhold_out = 9",
            "without a map",
        ),
        ("[[corpora]]\nname = 'two'", r"corpora\[1\] needs a value for 'path'"),
        ("split = 3", "split is 3; a table"),
        ("x = ", "not valid TOML"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(line: str, message: str) -> None:
    """The sentence names the recipe, the key, what was found and what is needed."""
    toml = f"{line}\n{SMALL}" if line[0] != "[" else f"{SMALL}\n{line}"
    with pytest.raises(RecipeError, match=message) as raised:
        parse_recipe(toml, "small")
    assert "small" in str(raised.value)


def test_an_unknown_recipe_lists_the_known_ones() -> None:
    """A name that is neither a recipe nor a file is refused with the names there are."""
    with pytest.raises(RecipeError, match="aihub58, default, dialogue58"):
        load_recipe("nonsense")
