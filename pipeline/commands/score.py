"""The command that scores any number of images, and watches them for drift."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from components.errors import InputError
from components.terminal import status
from pipeline.beam import beam_args
from pipeline.commands.called import CalledCommand
from pipeline.commands.error_sentences import (
    Failure,
    errors_as_sentences,
    print_sentence,
)
from pipeline.commands.newest_pipeline import SET_OF_MODEL, of_newest_run
from pipeline.commands.options import (
    chosen_model_options,
    debug_option,
    format_option,
    make_console,
    print_json,
)
from pipeline.commands.setting_options import setting_options
from pipeline.exit_codes import DRIFTED, INCOMPLETE
from pipeline.formatting import shorten_path
from pipeline.running.output_capture import capture_stderr
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.scoring.image_scores import ImageScores
    from pipeline.serving.image_fitting import Invert


_FORMATS = (".parquet", ".csv")


class _ResultFile(click.Path):
    """A file to write, whose name says its format."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False)

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Refuses folders and formats that can't be written."""
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        if path.suffix not in _FORMATS:
            self.fail(
                f"must be a file whose name ends with {' or '.join(_FORMATS)}; "
                f"received {value!r}.",
                param,
                ctx,
            )
        return path


class _Threshold(click.ParamType[tuple[str, float]]):
    """A threshold for the drift of a feature: `FEATURE=DISTANCE`."""

    name = "FEATURE=DISTANCE"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, float]:
        """Splits the value, and checks that the distance is one."""
        if isinstance(value, tuple):
            return value
        name, _, number = value.partition("=")
        try:
            distance = float(number)
        except ValueError:
            distance = 0.0
        if not name or not 0 < distance <= 1:
            self.fail(
                f"must be FEATURE=DISTANCE with a distance above 0 and up to 1, for "
                f"example brightness=0.1; received {value!r}.",
                param,
                ctx,
            )
        return name, distance


@click.command(cls=CalledCommand)
@click.argument(
    "named", metavar="FOLDER|GLOB|TFRECORDS|JSONL...", nargs=-1, required=True
)
@click.option(
    "--to",
    "result",
    type=_ResultFile(),
    required=True,
    metavar="FILE.parquet|FILE.csv",
    help="File to write.",
)
@chosen_model_options
@click.option(
    "--invert",
    type=click.Choice(["auto", "yes", "no"]),
    default="auto",
    help="Whether to invert image files, as `predict` has it.",
)
@click.option(
    "--drift",
    "thresholds",
    type=_Threshold(),
    multiple=True,
    show_default="those of the schema, else 0.2",
    help="Distance beyond which a feature has drifted; may be given several times.",
)
@click.option(
    "--no-drift", is_flag=True, help="Don't compare with the training images."
)
@format_option("text", "json")
@setting_options(
    "output",
    "metadata",
    "pipeline_name",
    "beam_runner",
    "beam_args",
    **SET_OF_MODEL,
)
@debug_option
def score(
    named: tuple[str, ...],
    result: Path,
    run: str | None,
    model_dir: str | None,
    invert: Invert,
    thresholds: tuple[tuple[str, float], ...],
    no_drift: bool,
    output_format: str,
    settings: Settings,
    debug: bool,
) -> None:
    """Score any number of images, and tell how unlike the training images they are.

    Name folders, image files, patterns in quotation marks, TFRecord files of
    tf.Examples with the feature `image`, or *.jsonl files of requests that a proxy has
    kept. FILE gets a row for each image: file, class, probability of each class,
    version, notes and, in place of an answer, the error.

    The model is the version with the label stable, or else the one that is served. An
    interrupted command goes on where it was when it is repeated. FILE.drift.html is a
    page that compares the images with those that trained the model.

    Exit codes: 0 the images were scored, and are like the training images or only a
    warning was given; 1 the command failed, 2 an option was malformed, 4 the images
    have drifted, 6 some images could not be scored.

    \b
    Examples:
      {command} photos --to scores.csv
      {command} '/logs/*.jsonl' --to day.csv --drift brightness=0.1
      {command} examples/Split-test --to test.parquet --run latest
    """  # noqa: D301 (click keeps the lines after \b apart)
    if run is not None and model_dir is not None:
        raise click.UsageError(
            "Only one of --run and --model can name the model; received both; leave "
            "out one."
        )
    if no_drift and thresholds:
        raise click.UsageError(
            "--drift gives thresholds for a comparison, which --no-drift leaves out; "
            "received both; leave out one."
        )
    if settings.beam_runner == "dataflow":
        raise click.UsageError(
            "The workers of --beam-runner must reach this machine's files; received "
            "dataflow, whose workers can't; choose flink or spark, or leave it out."
        )
    console = make_console()
    with (
        errors_as_sentences(debug),
        capture_stderr(settings.command_log("score"), enabled=not debug),
        status(console, "Importing") as update,
    ):
        from pipeline.scoring.image_shards import find_shards

        # Before the other imports, which take seconds.
        shards = find_shards(named)

        from pipeline.report.scores_summary import (
            describe_drift,
            print_scores,
            scores_as_json,
        )
        from pipeline.scoring.image_scores import score_images

        settings = of_newest_run(settings)
        scores = score_images(
            settings,
            shards,
            result,
            run=run,
            model_dir=model_dir,
            invert=invert,
            thresholds=None if no_drift else dict(thresholds),
            beam_args=beam_args(settings.beam_runner, settings.beam_args),
            update=update,
        )
        fault = _write_comparison(settings, scores)
    if output_format == "json":
        print_json(scores_as_json(scores))
    else:
        print_scores(make_console(), scores)
    if fault:
        print_sentence(f"Warning: ML Metadata has no record of this: {fault}")
    if scores.drift and scores.drift.verdict == "drift":
        raise Failure(describe_drift(scores.drift), DRIFTED)
    if scores.failed:
        raise Failure(
            f"{scores.failed:,} of {scores.rows:,} images could not be scored; the "
            f"column error of {shorten_path(scores.result)} says why.",
            INCOMPLETE,
        )


def _write_comparison(settings: Settings, scores: ImageScores) -> str:
    """Writes the page and the record; returns what was wrong with the record.

    Without a comparison, removes the page of an earlier one.
    """
    from pipeline.report.scores_summary import page_of

    page = page_of(scores.result)
    if scores.drift is None:
        # One of an earlier job would look like that of the new result.
        page.unlink(missing_ok=True)
        return ""
    from ml_metadata.errors import StatusError

    from pipeline.metadata.drift_records import record_drift
    from pipeline.metadata.existing_store import open_existing_store
    from pipeline.report.drift_page import write_drift_page

    write_drift_page(page, scores.drift, scores.result.name, scores.version)
    try:
        record_drift(
            open_existing_store(settings.metadata_address, writable=True),
            verdict=scores.drift.verdict,
            distances={
                each.name: round(each.distance, 6) for each in scores.drift.features
            },
            version=scores.version,
            model_uri=scores.lineage.model_uri,
            pipeline=scores.lineage.pipeline,
            images=scores.drift.scored.num_examples,
            scored=str(scores.result.absolute()),
            page=str(page.absolute()),
        )
    except (InputError, StatusError) as error:
        return str(error)
    return ""
