"""``python -m tools.study build`` and ``analyse``; see docs/study.md."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from portrait_addon.errors import InputError

from .analysis import analyse, table, write_report
from .building import KEY_NAME, PAGE_NAME, Plan, build
from .results import read_answers, read_key


def main(arguments: list[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : list of str, optional
        Those of the process, unless given.

    Returns
    -------
    int
        Exit status: 0, or 1 for what cannot be used, with one line that says why.
    """
    options = _parser().parse_args(arguments)
    try:
        options.command(options)
    except InputError as error:
        print(f"study: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tools.study", description="A study that tells how real clips look.")
    commands = parser.add_subparsers(required=True, metavar="command")
    building = commands.add_parser("build", help="a page with films, from folders of real and of made clips")
    building.set_defaults(command=_build)
    building.add_argument("real", type=Path, metavar="REAL", help="folder of clips that were filmed as they are")
    building.add_argument("made", type=Path, metavar="MADE", help="folder of clips that were made")
    building.add_argument("--output", type=Path, required=True, metavar="DIR", help="a new folder")
    building.add_argument("--seed", type=int, default=1, metavar="N", help="of all chance")
    building.add_argument("--seconds", type=float, metavar="S", help="length; that of the shortest clip if left out")
    building.add_argument("--side", type=int, metavar="PIXELS", help="of the films; of the coarsest clip if left out")
    building.add_argument("--training", type=int, default=1, metavar="N", help="clips of each kind to learn with")
    building.add_argument("--no-pairs", dest="pairs", action="store_false", help="do not ask which of two is real")
    building.add_argument("--no-reasons", dest="reasons", action="store_false", help="do not ask what gave it away")
    building.add_argument("--contact", default="", metavar="TEXT", help="who answers questions, for the page")
    analysing = commands.add_parser("analyse", help="a table and a plot of what raters have sent back")
    analysing.set_defaults(command=_analyse)
    analysing.add_argument("key", type=Path, metavar="KEY", help="the key.json of the study")
    analysing.add_argument("answers", type=Path, nargs="+", metavar="FILE", help="what the page has saved, one a rater")
    analysing.add_argument("--output", type=Path, metavar="DIR", help="for report.md and report.svg")
    return parser


def _build(options: argparse.Namespace) -> None:
    names = ("real", "made", "output", "seed", "seconds", "side", "training", "pairs", "reasons", "contact")
    build(Plan(**{name: getattr(options, name) for name in names}))
    print(f"Give away {options.output / 'page'}, which opens by {PAGE_NAME}. Keep {options.output / KEY_NAME}.")


def _analyse(options: argparse.Namespace) -> None:
    key = read_key(options.key)
    findings = analyse(read_answers(options.answers, key), key)
    if options.output:
        write_report(findings, key, options.output)
    print(table(findings, key))


if __name__ == "__main__":
    sys.exit(main())
