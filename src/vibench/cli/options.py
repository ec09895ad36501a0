"""Options that several verbs share."""

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from vibench.core.errors import InputError, MissingDependencyError
from vibench.core.files import make_folder
from vibench.pipeline.machine import available_cores, has_gpu
from vibench.pipeline.short_forms import POTENTIAL_FORMS, is_network
from vibench.pipeline.tasks import Resources
from vibench.store.leftovers import REPORTS

Runs = Annotated[
    Path,
    typer.Option(
        "--runs", envvar="VIBENCH_RUNS", help="Folder where results are kept and found again."
    ),
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="Folder to write the result to."),
]
ReportFolder = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="Folder of the report; default: RUNS/reports/STUDY."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Site = Annotated[
    str,
    typer.Option(
        "--site",
        metavar="SITE",
        help="Where tasks run: processes, in-process, parsl, or a TOML file that describes it.",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers", min=1, help="Processes at a time; default: one per core, four on a GPU."
    ),
]
Device = Annotated[str, typer.Option("--device", help="Device of networks: auto, cpu or cuda.")]
AllowImport = Annotated[
    bool,
    typer.Option(
        "--allow-import", help="Permit ASE calculators given as module:Class, which run code."
    ),
]
Trust = Annotated[
    bool,
    typer.Option(
        "--trust",
        help="Permit model files of other codes (schnetpack:, mace:), which can execute code.",
    ),
]
TensorBoard = Annotated[
    Path | None,
    typer.Option(
        "--tensorboard",
        metavar="FOLDER",
        help="Also write learning curves for TensorBoard into FOLDER while models are trained.",
    ),
]
ScaleOption = Annotated[
    str,
    typer.Option("--scale", help="full, or test: the same tasks at minimal, meaningless size."),
]
Measured = Annotated[
    list[str] | None,
    typer.Option(
        "--measured", metavar="MOLECULE=FILE", help="A measured spectrum; may be repeated."
    ),
]
Settings = Annotated[
    Path | None,
    typer.Option("--settings", help="TOML file with settings; without it, defaults."),
]
MoleculeArgument = Annotated[
    str, typer.Argument(help="A name, NAME=SMILES, or a file with a geometry.", metavar="MOLECULE")
]
PotentialOption = Annotated[
    str,
    typer.Option(
        "--potential",
        "-p",
        help=f"{POTENTIAL_FORMS}.",
    ),
]
Conformers = Annotated[int, typer.Option("--conformers", min=1, help="Conformers to look for.")]

LargestGib = Annotated[
    float,
    typer.Option("--largest-gib", min=0, help="Size in GiB to which an archive may unpack."),
]

DEFAULT_LARGEST_GIB = 8.0
DEFAULT_RUNS = Path("runs")
_THREADS_OF_A_NETWORK = 4
_PROCESSES_ON_A_GPU = 4


def report_folder(runs: Path, study: Path, scale: str) -> Path:
    """Return where the report of a study lies if no other place is given."""
    suffix = "-test" if scale == "test" else ""
    return runs / REPORTS / f"{study.stem}{suffix}"


def share_of_machine(
    workers: int | None, *, device: str, allow_import: bool, trust: bool
) -> tuple[int, Resources]:
    """Return the number of processes and what each of them may use.

    That is one process per core unless they share a GPU: a few of them keep it busy.
    """
    cores = available_cores()
    shared = device != "cpu" and has_gpu()
    count = workers or (min(cores, _PROCESSES_ON_A_GPU) if shared else cores)
    threads = max(1, cores // count)
    resources = Resources(threads, device=device, allow_import=allow_import, trust=trust)
    return count, resources


def one_task(
    workers: int | None,
    *,
    device: str,
    allow_import: bool = False,
    trust: bool = False,
    potential: str = "",
) -> Resources:
    """Return what a verb that runs one task at a time may use: the whole machine.

    Networks use a few threads, reference methods processes of one thread each: for small molecules
    more threads only wait for each other.
    """
    cores = available_cores()
    network = not potential or is_network(potential)
    return Resources(
        threads=min(cores, _THREADS_OF_A_NETWORK) if network else 1,
        workers=workers or (1 if network else cores),
        device=device,
        allow_import=allow_import,
        trust=trust,
    )


def with_tensorboard(resources: Resources, folder: Path | None) -> Resources:
    """Add the folder for TensorBoard; refuse it before anything is computed if it cannot be used.

    Raises
    ------
    MissingDependencyError
        If TensorBoard is not installed.
    """
    if folder is None:
        return resources
    if find_spec("tensorboard") is None:
        raise MissingDependencyError("tensorboard", "tensorboard")
    return replace(resources, tensorboard=str(make_folder(folder).resolve()))


def measured_files(given: list[str] | None) -> dict[str, Path]:
    """Read ``MOLECULE=FILE`` options."""
    files = {}
    for item in given or []:
        molecule, equals, path = item.partition("=")
        if not equals or not molecule or not path:
            raise InputError(f"--measured takes MOLECULE=FILE, found {item!r}")
        files[molecule] = Path(path)
    return files


def checked_scale(scale: str) -> str:
    """Refuse a scale that does not exist."""
    if scale not in {"full", "test"}:
        raise InputError(f"--scale is full or test, found {scale!r}")
    return scale
