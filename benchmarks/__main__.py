"""Benchmarks: ``uv run --group upstream python -m benchmarks inference`` and others."""

import argparse
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

ARCHITECTURES = ("schnet", "field_schnet", "so3net", "painn", "mace")
MOLECULES = ("methanol", "ethanol", "hexane")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one benchmark, print its table and, if asked, keep its rows."""
    given = _parser().parse_args(arguments)
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(getattr(given, "threads", 1))
    os.environ.setdefault("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")  # e3nn 0.4.4 on import
    warnings.simplefilter("ignore")  # of the other codes about themselves
    given.run(given)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(required=True)
    for name, run, molecules, batches in (
        ("inference", _inference, MOLECULES, (1, 8, 64)),
        ("training", _training, ("methanol", "ethanol"), (10, 64)),
        ("md", _dynamics, ("methanol",), (64,)),
        ("memory", _memory, ("ethanol",), (64,)),
        ("shares", _shares, ("methanol", "ethanol"), (1, 64)),
    ):
        command = commands.add_parser(name, help=run.__doc__)
        command.set_defaults(run=run)
        add = command.add_argument
        add("--architecture", action="append", choices=ARCHITECTURES, help="may be repeated")
        add("--molecule", action="append", choices=MOLECULES, help=f"default: {molecules}")
        add("--batch", action="append", type=int, help=f"molecules at once; default: {batches}")
        add("--size", choices=("paper", "small", "tiny"), default="paper")
        add("--dtype", choices=("float32", "float64"), default="float32")
        add("--threads", type=int, default=1)
        add("--seconds", type=float, default=10.0, help="for each case, shared by the codes")
        add("--steps", type=int, default=50, help="of dynamics")
        add("--json", type=Path, help="file for the rows")
        command.set_defaults(molecules=molecules, batches=batches)
    for name, run in (("size", _size), ("spectrum", _spectrum)):
        command = commands.add_parser(name, help=run.__doc__)
        command.set_defaults(run=run)
        command.add_argument("--json", type=Path, help="file for the rows")
        command.add_argument("--tiny", action="store_true", help="a smaller case, to try it out")
        command.add_argument("--threads", type=int, default=1)
    command = commands.add_parser("page", help=_page.__doc__)
    command.set_defaults(run=_page)
    command.add_argument("records", type=Path, help="folder with the files of --json")
    command.add_argument("page", type=Path, help="page whose tables are to be written anew")
    return parser


def _inference(given: argparse.Namespace) -> None:
    """Evaluate batches of one molecule: energies and forces, and with dipoles."""
    from benchmarks.inference import inference

    _report(given, inference)


def _training(given: argparse.Namespace) -> None:
    """Train one step on mixed molecules."""
    from benchmarks.training import training

    _report(given, training)


def _dynamics(given: argparse.Namespace) -> None:
    """Run molecular dynamics end to end, dipoles of every step kept in a file."""
    from benchmarks.dynamics import dynamics

    _report(given, lambda choice: dynamics(choice, steps=given.steps))


def _memory(given: argparse.Namespace) -> None:
    """Measure the memory that one evaluation takes."""
    from benchmarks.memory import memory

    _report(given, memory)


def _shares(given: argparse.Namespace) -> None:
    """Tell where the time of one evaluation goes, and what its products take at least."""
    from benchmarks.shares import shares

    _report(given, shares)


def _size(given: argparse.Namespace) -> None:
    """Time alkane chains of up to 1000 atoms."""
    from benchmarks.size import size

    _keep(given, size(tiny=given.tiny))


def _spectrum(given: argparse.Namespace) -> None:
    """Make a spectrum from long trajectories."""
    from benchmarks.spectrum import spectrum

    _keep(given, spectrum(tiny=given.tiny))


def _page(given: argparse.Namespace) -> None:
    """Write the tables of a page, and its figure, from records."""
    from benchmarks.page import write_page

    write_page(given.records, given.page)


def _report(given: argparse.Namespace, benchmark: Callable[..., Iterable[list]]) -> None:
    from benchmarks.choice import Choice

    choice = Choice(
        architectures=given.architecture or ARCHITECTURES,
        molecules=given.molecule or given.molecules,
        batches=given.batch or given.batches,
        size=given.size,
        dtype=given.dtype,
        threads=given.threads,
        seconds=given.seconds,
    )
    _keep(given, benchmark(choice))


def _keep(given: argparse.Namespace, cases: Iterable[list]) -> None:
    import torch

    from benchmarks.rows import table, write_rows
    from benchmarks.timing import matrix_rate

    torch.set_num_threads(given.threads)
    rate = matrix_rate(dtype=torch.float32)
    rows = []
    for found in cases:
        rows += found
        sys.stdout.write(table(found) + "\n")
        sys.stdout.flush()
        if given.json is not None:
            write_rows(given.json, rows, {"matrix_gflops": rate, "threads": given.threads})


if __name__ == "__main__":
    main()
