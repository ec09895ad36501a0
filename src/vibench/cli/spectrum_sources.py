"""What a spectrum can be made of: dipole files, vibench's trajectories, or a molecule."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from vibench.cli.lengths import tell_length
from vibench.cli.single import run_tasks
from vibench.core.errors import InputError, TaskError
from vibench.core.guarded import in_child
from vibench.core.spectrum import Spectrum
from vibench.dynamics.recipe import DynamicsRecipe
from vibench.pipeline.short_forms import read_molecule
from vibench.pipeline.stages.names import spectrum_file
from vibench.pipeline.tasks import Resources
from vibench.pipeline.verbs import dynamics_tasks, read_settings
from vibench.spectra.recipe import SpectrumRecipe


@dataclass(frozen=True, slots=True)
class Made:
    """A spectrum and what is known of how it was made."""

    spectrum: Spectrum
    """The spectrum."""
    length_fs: float
    """Length in fs of the trajectories behind it, all together."""
    notices: tuple[str, ...] = ()
    """What the user should know about it."""


_HDF5 = b"\x89HDF"
"""First bytes of an HDF5 file."""
_DIPOLE_SUFFIXES = frozenset({".csv", ".traj", ".h5", ".hdf5", ".out", ".dat", ".log"})


@dataclass(frozen=True, slots=True)
class FileOptions:
    """Options that describe dipole files, as given."""

    file_format: str | None
    time_step_fs: float | None
    dipole_unit: str | None
    columns: str | None
    molecule_index: int | None
    beads: bool
    unwrap: bool
    cell_angstrom: str | None
    quantum_e: float

    @property
    def given(self) -> list[str]:
        """Names of the options that were set."""
        names = []
        for field in fields(self):
            default = 1.0 if field.name == "quantum_e" else None
            if getattr(self, field.name) not in {None, False, default}:
                name = "format" if field.name == "file_format" else field.name.replace("_", "-")
                names.append(f"--{name}")
        return names


def from_files(
    sources: Sequence[str],
    options: FileOptions,
    temperature_k: float | None,
    dynamics_settings: Path | None,
    recipe: SpectrumRecipe,
) -> Made:
    """Make a spectrum of files: those of other codes, or one of vibench's own."""
    if dynamics_settings is not None:
        raise InputError("--dynamics-settings needs --potential and a molecule")
    for source in sources:
        if not Path(source).is_file():
            raise InputError(
                f"no file {source}; to make a spectrum of a molecule of that name, give a "
                "--potential, such as gfn2"
            )
    paths = [Path(source) for source in sources]
    if not _is_own(paths[0]):
        return _from_dipoles(paths, options, temperature_k, recipe)
    if options.given:
        raise InputError(
            f"{', '.join(options.given)}: not for {paths[0]}, trajectories of vibench, which state "
            "all of this"
        )
    if len(paths) > 1:
        raise InputError(f"one file of vibench's trajectories at a time, found {len(paths)}")
    return _from_trajectories(paths[0], temperature_k, recipe)


def _from_dipoles(
    paths: Sequence[Path],
    options: FileOptions,
    temperature_k: float | None,
    recipe: SpectrumRecipe,
) -> Made:
    from vibench.spectra.dipole_files.join import Unwrapping, read_dipole_trajectories
    from vibench.spectra.dipole_files.series import Declared
    from vibench.spectra.dipole_spectrum import spectrum_of_trajectories

    declared = Declared(
        unit=options.dipole_unit,
        time_step_fs=options.time_step_fs,
        temperature_k=temperature_k,
        columns=tuple(name.strip() for name in (options.columns or "").split(",") if name.strip()),
        molecule=options.molecule_index,
        beads=options.beads,
    )
    if options.quantum_e not in {1.0, 2.0}:
        raise InputError(f"--quantum-e is 1 or 2, found {options.quantum_e:g}")
    unwrapping = None
    if options.unwrap:
        cell = None if options.cell_angstrom is None else _cell(options.cell_angstrom)
        unwrapping = Unwrapping(cell, options.quantum_e)
    elif options.cell_angstrom is not None or options.quantum_e != 1.0:
        raise InputError("--cell-angstrom and --quantum-e are for --unwrap: give it, too")
    trajectories = read_dipole_trajectories(
        paths, declared, format_name=options.file_format, unwrapping=unwrapping
    )
    steps = sum(len(run) for run in trajectories.runs)
    return Made(
        spectrum_of_trajectories(trajectories, recipe),
        steps * trajectories.time_step_fs,
        trajectories.notices,
    )


def _cell(text: str) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Read a cubic, rectangular or general cell."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) in {1, 3}:
        return np.diag(np.broadcast_to(np.array(numbers), 3))
    if len(numbers) == 9:
        return np.array(numbers).reshape(3, 3)
    raise InputError(f"--cell-angstrom takes 1, 3 or 9 numbers with commas, found {text!r}")


def _is_own(path: Path) -> bool:
    """Tell whether a file holds core types that vibench stored."""
    from vibench.store.hdf5 import is_own_hdf5

    with path.open("rb") as file:
        return file.read(len(_HDF5)) == _HDF5 and in_child(is_own_hdf5, path)


def _from_trajectories(source: Path, temperature_k: float | None, recipe: SpectrumRecipe) -> Made:
    from vibench.spectra.md import md_spectrum
    from vibench.store.hdf5 import read_foreign_hdf5

    if recipe.correlation == "kubo":
        raise InputError(f"{source} holds classical trajectories: correlation 'kubo' does not fit")
    trajectories = read_foreign_hdf5(source, list)
    temperatures = sorted({run.temperature_k for run in trajectories})
    wanted = temperatures[0] if temperature_k is None else temperature_k
    if wanted not in temperatures or (temperature_k is None and len(temperatures) > 1):
        listing = ", ".join(f"{value:g}" for value in temperatures)
        raise InputError(f"{source} has trajectories at {listing} K: choose with --temperature-k")
    chosen = [run for run in trajectories if run.temperature_k == wanted]
    length = sum(len(run.dipole) * run.time_step_fs for run in chosen if run.outcome.finished)
    return Made(md_spectrum(chosen, recipe), length)


def only_molecule(sources: Sequence[str], options: FileOptions) -> str:
    """Return the one molecule that goes with a potential."""
    if len(sources) > 1:
        raise InputError(f"--potential takes one molecule, found {', '.join(sources)}")
    path = Path(sources[0])
    if path.suffix.lower() in _DIPOLE_SUFFIXES and path.is_file():
        raise InputError(
            f"{path} is no geometry of a molecule; for a spectrum of the dipoles in it leave out "
            "--potential"
        )
    if options.given:
        raise InputError(
            f"{', '.join(options.given)}: for files of dipoles, but with --potential {path} is a "
            "molecule"
        )
    return sources[0]


def dynamics_recipe(path: Path | None, temperature_k: float | None) -> DynamicsRecipe:
    """Read settings of dynamics for a spectrum at one temperature."""
    recipe = read_settings(DynamicsRecipe, path)
    if temperature_k is not None and "temperatures_k" not in recipe.model_fields_set:
        return DynamicsRecipe.model_validate(
            recipe.model_dump() | {"temperatures_k": (temperature_k,)}
        )
    if temperature_k is None and len(recipe.temperatures_k) == 1:
        return recipe
    if temperature_k not in recipe.temperatures_k:
        listing = ", ".join(f"{value:g}" for value in recipe.temperatures_k)
        raise InputError(f"dynamics are at {listing} K: choose one of them with --temperature-k")
    return recipe.model_copy(update={"temperatures_k": (temperature_k,)})


def from_molecule(
    molecule: str,
    potential: str,
    *,
    motion: DynamicsRecipe,
    recipe: SpectrumRecipe,
    conformers: int,
    runs: Path,
    resources: Resources,
) -> Made:
    """Run dynamics of a molecule and return its spectrum; all results are kept in the store."""
    from vibench.store.hdf5 import read_hdf5

    if recipe.correlation == "kubo":
        raise InputError("dynamics of vibench are classical: correlation 'kubo' does not fit")
    tasks = dynamics_tasks(
        read_molecule(molecule), potential, motion, recipe, conformers, resources=resources
    )
    tell_length(motion, option="--dynamics-settings")
    artefact = run_tasks(tasks, runs=runs, resources=resources)
    (temperature_k,) = motion.temperatures_k
    name = spectrum_file(temperature_k)
    text = str(artefact.record.observed["outcome"]["text"])
    if name not in artefact.checksums:
        raise TaskError(f"{molecule} with {potential}: {text}")
    made = read_hdf5(artefact.file(name), Spectrum)
    replicas = 1 if made.replicas is None else len(made.replicas)
    return Made(made, replicas * motion.production_fs, (text,) if text else ())
