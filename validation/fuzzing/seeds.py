"""Good files that vibench or its libraries write, small, to be damaged."""

import io
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import ase
import ase.io
import numpy as np
from ase.calculators.singlepoint import SinglePointCalculator
from ase.io.trajectory import TrajectoryWriter

from vibench.core.correlation import ErrorCorrelation
from vibench.core.dataset import Dataset
from vibench.core.difference import Difference
from vibench.core.modes import Modes
from vibench.core.molecules import Array, concatenate, single
from vibench.core.properties import Properties
from vibench.core.score import Score
from vibench.core.spectrum import ABSOLUTE, Spectrum
from vibench.core.spectrum_csv import spectrum_csv
from vibench.core.structure_errors import (
    ENERGY_ERROR,
    FORCE_MAE,
    StructureErrors,
    structure_errors_csv,
)
from vibench.core.trajectory import Outcome, Trajectory
from vibench.core.weights import Weights
from vibench.data.extended_xyz import write_extended_xyz
from vibench.experiment.jcamp_text import jcamp_text
from vibench.potentials.recipes import PaiNNRecipe
from vibench.report.protocols import Protocol
from vibench.report.score_objects import score_object
from vibench.store.archive import write_archive
from vibench.store.chunks import ChunkSink
from vibench.store.hdf5 import write_hdf5
from vibench.store.scores import write_correlations, write_differences, write_scores
from vibench.store.weights import write_weights

STUDIES: Final = Path(__file__).parents[2] / "studies"
"""Study files that ship."""


def written(write: Callable[[Path], object], name: str = "file") -> bytes:
    """Return the bytes of a file that *write* writes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(path)
        return path.read_bytes()


def _numbers(*shape: int) -> Array:
    return np.random.default_rng(0).normal(size=shape)


def dataset() -> Dataset:
    """Return three labelled structures."""
    water = single("water", [8, 1, 1], _numbers(3, 3), [16, 1, 1])
    ion = single("hydroxide", [8, 1], _numbers(2, 3), [16, 1], charge=-1)
    batch = concatenate([water, ion, water])
    labels = Properties(energy=_numbers(3), forces=_numbers(8, 3), dipole=_numbers(3, 3))
    return Dataset(batch, labels, "HF/STO-3G", np.array([0, 1, 1]), {"file": "somewhere"})


def trajectory() -> Trajectory:
    """Return a short trajectory that failed."""
    return Trajectory(
        *("water", 3, np.array([8, 1, 1]), np.array([16.0, 1.0, 1.0])),
        *(_numbers(8, 3), _numbers(8), _numbers(8)),
        *(_numbers(2, 3, 3), _numbers(2, 3, 3), 0.5, 4, 300.0, "NVE"),
        outcome=Outcome("failed", "force bound", 5),
    )


def modes() -> Modes:
    """Return normal modes with numbers that fit each other in shape only."""
    return Modes(
        *("water", np.array([8, 1, 1]), np.array([16.0, 1.0, 1.0]), _numbers(3, 3)),
        *(np.array([1600.0, 3600.0, 3700.0]), _numbers(3, 3, 3)),
        *(_numbers(3, 3), np.array([50.0, 5.0, 60.0]), "automatic differentiation"),
    )


def spectrum(*, points: int = 40) -> Spectrum:
    """Return a spectrum with two replicas."""
    axis = np.linspace(1000.0, 1100.0, points)
    rows = np.exp(-0.5 * ((axis - 1050) / 8) ** 2) * np.array([[1.0], [1.2]]) + 0.01
    return Spectrum(axis, rows.mean(axis=0), ABSOLUTE, 4.0, "made up", replicas=rows)


def hdf5_files() -> list[bytes]:
    """Return a file of every kind that the store holds."""
    values = (dataset(), [trajectory(), trajectory()], [modes()], spectrum())
    return [written(lambda path, value=value: write_hdf5(path, value)) for value in values]


def chunk_files() -> list[bytes]:
    """Return a chunk of an unfinished run."""

    def write(path: Path) -> None:
        frames = {"dipole": np.ones((4, 3)), "positions": np.ones((2, 3, 3))}
        ChunkSink(path.parent).write(frames, {"positions": np.ones((3, 3)), "step": np.array(4)})

    return [written(write, "chunk-000000.h5")]


def scores() -> list[Score]:
    """Return an error with its interval, a score of a spectrum, and one without a value."""
    fixed: dict[str, Any] = {"unit": "meV/Å", "higher_is_better": False, "n": 10}
    return [
        Score(name="force MAE", value=12.5, low=11.0, high=14.0, model="A", dataset="all", **fixed),
        Score(name="force MAE", value=15.0, low=13.0, high=17.0, model="B", dataset="all", **fixed),
        Score(name="band", value=float("nan"), model="A", molecule="water", **fixed),
    ]


def score_files() -> list[bytes]:
    """Return a file of scores."""
    return [written(lambda path: write_scores(path, scores()))]


def difference_files() -> list[bytes]:
    """Return a file of differences."""
    one = Difference(
        measure="Pearson", first="A", second="B", value=0.1, unit="", molecules=3, low=0.0, high=0.2
    )
    return [written(lambda path: write_differences(path, [one, one]))]


def correlation_files() -> list[bytes]:
    """Return a file of correlations."""
    one = ErrorCorrelation(dataset="x", quantity="energy", first="A", second="B", value=0.3, n=9)
    return [written(lambda path: write_correlations(path, [one, one]))]


def record_files() -> list[bytes]:
    """Return the record of a result."""
    content = {
        "schema": 1,
        "identity": {
            "stage": "compare",
            "recipe": {"candidate": "A", "width_cm1": [4.0, 10.0], "measured": None},
            "inputs": {"candidate": "0" * 64, "reference": "1" * 64},
            "schema": 1,
            "numerics": 1,
        },
        "observed": {"status": "done", "wall_s": 1.5, "outcome": {"text": ""}},
        "files": {"scores.json": "a" * 64, "folder/x.h5": "b" * 64},
    }
    return [json.dumps(content, indent=1).encode()]


def summary_text() -> str:
    """Return the summary of a small study."""
    protocol = Protocol("errors", {"test data": {"all": "1234"}}, dataset="all")
    task = {"stage": "train", "key": "0" * 16, "status": "done", "path": "runs/train/0"}
    rows = [score_object(one) | {"protocol": protocol.key} for one in scores()]
    content = {
        "schema": 1,
        "study": "A study",
        "tasks": [task],
        "scores": rows,
        "protocols": {
            protocol.key: {
                "family": "errors",
                "settings": dict(protocol.settings),
                "molecule": None,
                "reference": None,
                "dataset": "all",
            }
        },
    }
    return json.dumps(content, indent=1)


def summary_files() -> list[bytes]:
    """Return summaries of two studies."""
    return [summary_text().encode(), summary_text().replace("A study", "Another").encode()]


def archive_files() -> list[bytes]:
    """Return an export."""
    about = {
        "study": "A study",
        "tasks": [{"name": "compare", "stage": "compare", "key": "0" * 16, "inputs": {"a": "b"}}],
    }
    files: dict[str, Path | bytes] = {
        "study.toml": b'title = "x"\n',
        "report/summary.json": summary_text().encode(),
        f"runs/compare/{'0' * 16}/record.json": record_files()[0],
        f"runs/compare/{'0' * 16}/scores.json": score_files()[0],
    }
    return [written(lambda path: write_archive(path, files, about))]


def weights_files() -> list[bytes]:
    """Return a model with some of its arrays."""
    weights = Weights(
        architecture=PaiNNRecipe().model_dump(mode="json"),
        arrays={"embedding": np.ones((4, 8), np.float32), "scale": np.ones((), np.float64)},
        reference_energies={1: -13.6, 8: -2000.0},
        level_of_theory="HF/STO-3G",
        training_checksum="0" * 64,
    )
    return [written(lambda path: write_weights(path, weights))]


def network_files() -> list[bytes]:
    """Return an untrained model."""
    # Only this reader needs torch.
    from vibench.potentials.network import build_network
    from vibench.potentials.training_statistics import TrainingStatistics
    from vibench.tensors import to_array

    recipe = PaiNNRecipe(features=8, interactions=1)
    network = build_network(recipe, seed=0, statistics=TrainingStatistics(elements=(1, 8)))
    weights = Weights(
        architecture=recipe.model_dump(mode="json"),
        arrays={name: np.array(to_array(one)) for name, one in network.state_dict().items()},
        reference_energies={1: -13.6, 8: -2000.0},
        level_of_theory="HF/STO-3G",
        training_checksum="0" * 64,
    )
    return [written(lambda path: write_weights(path, weights))]


def spectrum_tables() -> list[bytes]:
    """Return a spectrum as vibench's CSV, with a gap and without."""
    plain = spectrum()
    axis = plain.wavenumber_cm1
    gaps = np.array([[axis[10], axis[11]]])
    gapped = Spectrum(axis, plain.intensity, ABSOLUTE, 4.0, "made up", gaps_cm1=gaps)
    return [spectrum_csv(plain).encode(), spectrum_csv(gapped).encode()]


def error_tables() -> list[bytes]:
    """Return errors of single structures."""
    values = {ENERGY_ERROR: np.arange(4.0), FORCE_MAE: np.arange(4.0)}
    errors = StructureErrors("A", "heat", ("water",) * 4, np.arange(4.0), values)
    return [structure_errors_csv([errors]).encode()]


def jcamp_files() -> list[bytes]:
    """Return spectra in both forms of data, and a measured one with conditions."""
    uniform = jcamp_text(spectrum(), title="made up")
    axis = np.cumsum(1 + _numbers(30) ** 2) + 1000
    uneven = Spectrum(axis, np.linspace(0.1, 1, 30), ABSOLUTE, 2.0, "made up")
    stated = "##STATE=gas\n##PRESSURE=101.3 kPa\n##TEMPERATURE=23 C\n##PATH LENGTH=5 CM\n"
    measured = uniform.replace("##XUNITS", f"{stated}##XUNITS", 1)
    return [text.encode() for text in (uniform, jcamp_text(uneven, title="x"), measured)]


def measured_tables() -> list[bytes]:
    """Return a measured spectrum as two columns, with commas and with blanks."""
    one = spectrum()
    pairs = list(zip(one.wavenumber_cm1, one.intensity, strict=True))
    comma = "wavenumber,absorbance\n" + "".join(f"{x:.2f},{y:.5f}\n" for x, y in pairs)
    blank = "# by hand\n" + "".join(f"{x:.2f}  {y:.5f}\n" for x, y in reversed(pairs))
    return [comma.encode(), blank.encode()]


def extended_xyz_files() -> list[bytes]:
    """Return labelled structures as extended XYZ."""
    return [written(lambda path: write_extended_xyz(dataset(), path))]


def npz_files() -> list[bytes]:
    """Return labelled structures as a NumPy archive, stored and compressed."""
    arrays: dict[str, Any] = {
        "Z": np.array([[8, 1, 1], [8, 1, 0]]),
        "R": _numbers(2, 3, 3),
        "N": np.array([3, 2]),
        "Q": np.array([0.0, -1.0]),
        "E": _numbers(2, 1),
        "F": _numbers(2, 3, 3),
        "D": _numbers(2, 3),
    }
    return [
        written(lambda path: np.savez(path, **arrays), "x.npz"),
        written(lambda path: np.savez_compressed(path, **arrays), "x.npz"),
    ]


def npy_files() -> list[bytes]:
    """Return energies as one NumPy array."""
    return [written(lambda path: np.save(path, np.array([1.0, 2.0])), "x.npy")]


def _frames(dipole: Array) -> list[ase.Atoms]:
    frames = []
    for row, vector in enumerate(dipole):
        atoms = ase.Atoms("OH", positions=[[0, 0, 0], [0, 0, 1]], cell=[9, 9, 9], pbc=True)
        atoms.calc = SinglePointCalculator(atoms, dipole=vector)
        atoms.info["time_fs"] = 0.5 * row
        frames.append(atoms)
    return frames


def geometry_files(kind: str) -> list[bytes]:
    """Return a molecule in a format of ASE."""
    atoms = ase.Atoms("OHH", positions=[[0, 0, 0], [0, 0, 1], [0, 1, 0]])
    return [written(lambda path: ase.io.write(path, atoms, format=kind))]


def split_files() -> list[bytes]:
    """Return the division of a data set."""
    return [json.dumps({"train": [0, 1, 2], "validation": [3], "test": [4, 5]}).encode()]


def frame_files() -> list[bytes]:
    """Return times of structures."""
    return [b"frame,time_fs\n0,0.0\n10,5.0\n"]


def visit_files() -> list[bytes]:
    """Return structures that a committee visited."""
    return [b"trajectory,temperature_k,frame,time_fs,uncertainty\n0,300.0,10,5.0,1.5\n"]


def progress_files() -> list[bytes]:
    """Return a report of a running task."""
    return [b'{"done": 3, "total": 10, "note": "epoch 3"}']


def spent_files() -> list[bytes]:
    """Return the time that a task has taken."""
    return [b'{"wall_s": 3.5, "processor_s": 10.0}']


def study_files() -> list[bytes]:
    """Return the study files that ship."""
    return [path.read_bytes() for path in sorted(STUDIES.glob("*.toml"))]


def potential_files() -> list[bytes]:
    """Return settings of potentials, nested and plain."""
    plain = 'kind = "pyscf"\nfunctional = "pbe"\nbasis = "def2-svp"\n'
    nested = (
        'kind = "composite"\n[energy]\nkind = "ase"\ncalculator = "emt"\n'
        '[energy.arguments]\nasap_cutoff = false\n[dipole]\nkind = "gfn2"\n'
    )
    committee = (
        'kind = "committee"\n[[members]]\nkind = "gfn2"\n'
        '[[members]]\nkind = "gfn2"\nmethod = "GFN1-xTB"\n'
    )
    return [plain.encode(), nested.encode(), committee.encode()]


def molecule_settings() -> list[bytes]:
    """Return settings of a molecule."""
    text = (
        b'name = "methanol"\ncharge = 1.0\nunpaired_electrons = 1\nisotopes = {H = 2, "0" = 13}\n'
        b"electric_field_v_per_angstrom = [0.0, 0.0, 0.1]\n"
    )
    return [text]


def import_settings() -> list[bytes]:
    """Return settings of an import."""
    text = (
        b'path = "data.npz"\nformat = "npz"\nlevel_of_theory = "PBE"\npreset = "md17"\n'
        b'length_unit = "angstrom"\nenergy_unit = "eV"\nforce_unit = "eV/angstrom"\n'
        b'keys = {dipole = "D"}\narrays = {energy = "e.npy"}\n'
    )
    return [text]


def trajectory_files(dipole: Array) -> list[bytes]:
    """Return an ASE trajectory with dipoles."""

    def write(path: Path) -> None:
        with TrajectoryWriter(str(path)) as writer:
            description = {"type": "molecular-dynamics", "timestep": 0.05, "interval": 5}
            writer.set_description(description | {"temperature_K": 300.0})
            for atoms in _frames(dipole):
                writer.write(atoms)

    return [written(write, "x.traj")]


def dipole_xyz_files(dipole: Array) -> list[bytes]:
    """Return an extended XYZ file with dipoles in the comments."""
    frames = _frames(dipole)
    for atoms, vector in zip(frames, dipole, strict=True):
        atoms.info["dipole"] = vector
        atoms.calc = None
    buffer = io.StringIO()
    ase.io.write(buffer, frames, format="extxyz")
    return [buffer.getvalue().encode()]
