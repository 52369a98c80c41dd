"""The command line of training: `python -m training`, or `maeum train` when the bot mounts it.

What a command needs is imported when it runs: TensorFlow takes seconds.
"""

import logging
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from classifier.base import Language, MaeumError

app = typer.Typer(
    name="train",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

RecipeName = Annotated[str, typer.Argument(help="A recipe of the package, or a TOML file.")]
Root = Annotated[Path, typer.Option("--root", help="What the paths of the recipe start from.")]
Folder = Annotated[Path, typer.Option("--folder", help="Where the run keeps everything.")]
Threads = Annotated[int, typer.Option("--threads", help="0 leaves it to TensorFlow.", min=0)]
Force = Annotated[bool, typer.Option("--force", help="Replace a better bundle too.")]
Table = Annotated[Path, typer.Argument(help="csv, tsv, jsonl, xlsx or parquet.")]
Text = Annotated[str, typer.Option("--text", help="The column of the texts, name or number.")]
Label = Annotated[str, typer.Option("--label", help="The column of the labels.")]
Header = Annotated[bool, typer.Option(help="Whether the first line names the columns.")]
LabelSetName = Annotated[
    str | None, typer.Option("--label-set", help="The labels of the table, if not the model's.")
]
MapName = Annotated[
    str | None, typer.Option("--map", help="What those may mean in the model's labels.")
]


@app.callback()
def tell() -> None:
    """Rebuild the model offline (needs the training extra)."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    for loud in ("absl", "httpx", "httpx2"):  # the Hub library's client tells every request
        logging.getLogger(loud).setLevel(logging.WARNING)


@app.command()
def recipes() -> None:
    """List the recipes of the package."""
    from training.config import recipe_names

    for name in recipe_names():
        typer.echo(name)


@app.command()
def run(
    recipe: RecipeName,
    root: Root = Path(),
    folder: Folder = Path("run"),
    threads: Threads = 0,
    force: Force = False,
) -> None:
    """Train a recipe, save it as published, and export its bundle; a stopped run goes on."""
    from training.config import load_recipe

    found = load_recipe(recipe)
    _limit_threads(threads)
    from training.export import export
    from training.progress import shown
    from training.run import train
    from training.saved import save_model
    from training.workers import worker_number

    with shown() as told:
        trained = train(found, root, folder, told)
    if worker_number():
        return
    model = save_model(trained.network.model, trained.base, found.max_length, folder / "model")
    for name, lines in trained.tested():
        typer.echo(f"{name}:\n{lines}")
    if trained.prepared.dev:
        bundle, comparison = export(found, trained.prepared, model, folder / "bundle", force=force)
        for line in comparison.lines() if comparison else ():
            typer.echo(line)
        typer.echo(f"{bundle.folder}: revision {bundle.revision}")


@app.command()
def sweep(
    recipe: RecipeName,
    root: Root = Path(),
    folder: Folder = Path("sweep"),
    rate: Annotated[list[float] | None, typer.Option(help="Given once for each.")] = None,
    batch: Annotated[list[int] | None, typer.Option(help="Given once for each.")] = None,
    threads: Threads = 0,
) -> None:
    """Train a recipe at every learning rate and batch size, and name the best."""
    from training.config import load_recipe

    found = load_recipe(recipe)
    _limit_threads(threads)
    from training.sweep import BATCHES, RATES
    from training.sweep import sweep as sweep_recipe

    best = sweep_recipe(found, root, folder, rate or RATES, batch or BATCHES)
    typer.echo(f"best: {best.name}, {best.turn + 1} epochs; curves and figures are in {folder}")


@app.command()
def export(
    recipe: RecipeName,
    model: Annotated[Path, typer.Argument(help="The Hugging Face folder of a finished run.")],
    out: Annotated[Path, typer.Argument(help="Where the bundle goes.")],
    root: Root = Path(),
    force: Force = False,
) -> None:
    """Make the bundle of a trained model: converted, calibrated, measured."""
    from training.config import load_recipe
    from training.export import export as export_model
    from training.prepare import prepare

    found = load_recipe(recipe)
    bundle, comparison = export_model(found, prepare(found, root), model, out, force=force)
    for line in comparison.lines() if comparison else ():
        typer.echo(line)
    typer.echo(f"{out}: revision {bundle.revision}")


@app.command()
def evaluate(
    model: Annotated[Path, typer.Argument(help="A bundle or a Hugging Face folder.")],
    table: Table,
    folder: Annotated[Path, typer.Option(help="Where report and pictures go.")] = Path("report"),
    text: Text = "text",
    label: Label = "label",
    header: Header = True,
    label_set: LabelSetName = None,
    map_name: MapName = None,
    model_labels: Annotated[
        str | None, typer.Option(help="The label set of a model that only numbers its labels.")
    ] = None,
) -> None:
    """Report what a model reaches on a labelled table."""
    from training.evaluate import evaluate as evaluate_model
    from training.evaluate import write_evaluation
    from training.scoring import opened

    corpus = _corpus(table, text, label, header, label_set, map_name)
    with opened(model, model_labels) as bundle:
        evaluated = evaluate_model(bundle, corpus)
        write_evaluation(evaluated, bundle, folder)
    for line in (*evaluated.left_out, "", *evaluated.report.lines()):
        typer.echo(line)


@app.command()
def compare(
    old: Annotated[Path, typer.Argument(help="A bundle or a Hugging Face folder.")],
    new: Annotated[Path, typer.Argument(help="Another.")],
    table: Table,
    text: Text = "text",
    label: Label = "label",
    header: Header = True,
    label_set: LabelSetName = None,
    map_name: MapName = None,
) -> None:
    """Score two models on the same rows."""
    from training.compare import compare as compare_bundles
    from training.evaluate import read_table_for
    from training.scoring import opened

    corpus = _corpus(table, text, label, header, label_set, map_name)
    with opened(old) as before, opened(new) as after:
        sets = {table.name: read_table_for(before, corpus)[0]}
        for line in compare_bundles(before, after, sets).lines():
            typer.echo(line)


@app.command()
def push(
    repository: Annotated[str, typer.Argument(help="The repository, owner/name.")],
    folder: Annotated[Path, typer.Option(help="The folder of a finished run.")] = Path("run"),
    private: Annotated[bool, typer.Option("--private", help="Show it to nobody else.")] = False,
) -> None:
    """Upload a finished run to the Hub; HF_TOKEN must be set."""
    from classifier.bundle import ModelBundle
    from training.publish import push as push_model

    bundle = ModelBundle.read(folder / "bundle")
    address = push_model(
        folder / "model",
        bundle,
        repository,
        token=os.environ.get("HF_TOKEN"),
        private=private,
    )
    typer.echo(address)


def _corpus(
    table: Path, text: str, label: str, header: bool, label_set: str | None, map_name: str | None
) -> Any:
    from training.config import Corpus, Part

    return Corpus(
        name=table.name,
        path=str(table),
        part=Part.TEST,
        language=Language.KO,
        header=header,
        text=text,
        label=label,
        label_set=label_set,
        map=map_name,
    )


def _limit_threads(threads: int) -> None:
    """One thread gives the same result every time; it must be said before TensorFlow starts."""
    from training.legacy import tf

    if threads:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)


def main() -> None:
    """Run the command line; a failure is one sentence and exit code 1."""
    try:
        app()
    except MaeumError as error:
        sys.exit(str(error))
    except ModuleNotFoundError as error:
        sys.exit(f"Training needs {error.name}; install the extra: pip install 'maeum[training]'.")


if __name__ == "__main__":
    main()
