"""What moves correlation and distance of a molecule's infrared spectrum, and how far.

One potential (GFN2-xTB) is run once and for all; then spectra of pieces of its trajectories,
spectra processed in another way, with another friction or with another method's dipoles are
compared with each other and with a measured spectrum. The potential is the same throughout, so
whatever differs is no error of a potential: long runs stand for perfect models, short pieces of
other runs for the costly reference that models are compared with.

    uv run python -m validation.puzzles runs/puzzles --measured methanol.jdx
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from validation.tables import table_text
from vibench.compare.metrics import (
    pearson_correlation,
    wasserstein_of_bands,
    wasserstein_of_values,
)
from vibench.compare.preparation import prepare
from vibench.compare.recipe import CompareRecipe
from vibench.core.molecules import Molecules
from vibench.core.protocols import Potential
from vibench.core.spectrum import Spectrum
from vibench.core.trajectory import Trajectory
from vibench.data.molecules import build_molecule
from vibench.data.recipes import MoleculeRecipe
from vibench.dynamics.engine import run
from vibench.dynamics.ensemble import build_ensemble
from vibench.dynamics.recipe import FRICTION_PRESETS, DynamicsRecipe
from vibench.dynamics.trajectories import assemble
from vibench.experiment.measurement import read_measurement
from vibench.experiment.recipe import MeasuredRecipe
from vibench.pipeline.stages.motion import at_minimum
from vibench.potentials.adapters.gfn2 import GFN2
from vibench.potentials.adapters.recipes import GFN2Recipe
from vibench.potentials.composite import CompositePotential
from vibench.spectra.md import md_spectrum
from vibench.spectra.recipe import SpectrumRecipe
from vibench.store.chunks import ChunkSink
from vibench.vibrations.modes import relaxed_modes
from vibench.vibrations.recipe import VibrationsRecipe

type Array = NDArray[np.float64]

PAPER: Final = SpectrumRecipe(convention="schnetpack")
"""Processing of the published benchmark, as far as it is stated."""
COMPARE: Final = CompareRecipe(preparation="paper")
LENGTHS_PS: Final = (2.0, 5.0, 10.0, 25.0, 50.0)
CHANGES: Final[Mapping[str, Mapping[str, Any]]] = {
    "correlation depth 500 fs": {"depth_fs": 500.0},
    "correlation depth 2000 fs": {"depth_fs": 2000.0},
    "absolute intensities, harmonic quantum factor": {"convention": "absolute"},
    "the same, without a quantum factor": {"convention": "absolute", "quantum_factor": "none"},
}
"""What is changed → settings that replace those of the published processing."""
OTHER_FRICTION: Final = "0.01/fs"
"""The other reading of a friction of 0.01."""
MODELS: Final = 5
"""Number of models in the published benchmark."""
FAR_BELOW: Final = 0.27
"""Published distance of MACE from the reference over the mean of the other four (methanol)."""
_WEAK, _DIPOLE = "0.01 ASE", "GFN1-xTB dipoles"


@dataclass(frozen=True, slots=True)
class Row:
    """Scores of one kind of pairs of spectra."""

    what: str
    """What the pairs are."""
    pairs: int
    """Number of pairs."""
    pearson: float
    """Mean Pearson correlation."""
    pearson_low: float
    """2.5th percentile over pairs."""
    pearson_high: float
    """97.5th percentile."""
    distance: float
    """Mean Wasserstein distance, axis scaled to [0, 1]."""
    distance_low: float
    """2.5th percentile over pairs."""
    distance_high: float
    """97.5th percentile."""
    values: float
    """Mean distance of intensity values (MLatom), which ignores the axis."""


@dataclass(frozen=True, slots=True)
class Chance:
    """How often one of several perfect models seems far better than the others."""

    reference: str
    """What all of them are compared with."""
    references: int
    """Number of such references, each with all choices of models among the long runs."""
    far_below: float
    """Share in which the lowest distance is below that share of the mean of the others."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is not there yet and print the table."""
    parser = argparse.ArgumentParser(prog="python -m validation.puzzles", description=__doc__)
    parser.add_argument("folder", type=Path, help="where trajectories are kept and found again")
    parser.add_argument("--molecule", default="methanol")
    parser.add_argument("--measured", type=Path, help="measured spectrum of the molecule")
    parser.add_argument("--replicas", type=int, default=8)
    parser.add_argument("--length-ps", type=float, default=50.0)
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    options = parser.parse_args(arguments)
    runs = {
        name: trajectories(
            options.folder, options.molecule, name, options.replicas, options.length_ps
        )
        for name in (_WEAK, OTHER_FRICTION, _DIPOLE)
    }
    measured = None
    if options.measured is not None:
        measured = read_measurement(MeasuredRecipe(path=options.measured)).spectrum
    rows = [asdict(row) for row in puzzle_rows(runs, measured)]
    chances = [asdict(chance) for chance in puzzle_chances(runs[_WEAK])]
    sys.stdout.write(f"{table_text(rows)}\n\n{table_text(chances)}\n")
    if options.json is not None:
        content = {"molecule": options.molecule, "rows": rows, "chances": chances}
        options.json.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def puzzle_rows(
    runs: Mapping[str, Sequence[Trajectory]], measured: Spectrum | None
) -> Iterator[Row]:
    """Yield the scores of all kinds of pairs.

    Parameters
    ----------
    runs
        Trajectories with the friction of the published benchmark in ASE's unit, with its other
        reading, and with the dipoles of another method.
    measured
        Measured spectrum, if there is one.
    """
    weak = runs[_WEAK]
    whole = md_spectrum(weak, PAPER)
    longest = _length_ps(weak[0])
    long_runs = list(_spectra_of_pieces(weak, longest))
    for length in _lengths(longest):
        spectra = list(_spectra_of_pieces(weak, length))
        pairs = [(a, b) for (i, a), (j, b) in combinations(spectra, 2) if i != j]
        yield _row(f"two runs of {length:g} ps", pairs)
        if length < longest:
            pairs = [(a, b) for i, b in spectra for j, a in long_runs if i != j]
            yield _row(f"run of {longest:g} ps, another of {length:g} ps", pairs)
        if measured is not None:
            yield _row(f"one run of {length:g} ps, measured", [(s, measured) for _, s in spectra])
    if measured is not None:
        yield _row("all runs, measured", [(whole, measured)])
    for change, settings in CHANGES.items():
        other = md_spectrum(weak, SpectrumRecipe.model_validate(PAPER.model_dump() | settings))
        yield from _changed(change, other, whole, measured)
    for name, text in ((OTHER_FRICTION, "friction 1/(100 fs)"), (_DIPOLE, "GFN1-xTB dipoles")):
        yield from _changed(text, md_spectrum(runs[name], PAPER), whole, measured)


def puzzle_chances(weak: Sequence[Trajectory], far_below: float = FAR_BELOW) -> Iterator[Chance]:
    """Yield how often one of `MODELS` perfect models comes far below the others, by reference."""
    longest = _length_ps(weak[0])
    long_runs = list(_spectra_of_pieces(weak, longest))
    for length in _lengths(longest):
        references = list(_spectra_of_pieces(weak, length))
        found = []
        for replica, reference in references:
            scores = [_scores(one, reference)[1] for i, one in long_runs if i != replica]
            found += [_lowest_share(five) for five in combinations(scores, MODELS)]
        chance = float(np.mean(np.array(found) < far_below))
        yield Chance(f"run of {length:g} ps", len(references), chance)


def _lowest_share(distances: Sequence[float]) -> float:
    """Return the lowest distance over the mean of the others."""
    lowest, *others = sorted(distances)
    return lowest / float(np.mean(others))


def _lengths(longest_ps: float) -> list[float]:
    return [one for one in LENGTHS_PS if one <= longest_ps]


def _length_ps(one: Trajectory) -> float:
    return len(one.dipole) * one.time_step_fs / 1000


def _spectra_of_pieces(
    runs: Sequence[Trajectory], length_ps: float
) -> Iterator[tuple[int, Spectrum]]:
    """Yield replica and spectrum of successive pieces of every run."""
    for one in runs:
        for piece in _pieces(one, length_ps):
            yield one.replica, md_spectrum([piece], PAPER)


def _changed(
    change: str, other: Spectrum, whole: Spectrum, measured: Spectrum | None
) -> Iterator[Row]:
    yield _row(f"all runs, {change}", [(other, whole)])
    if measured is not None:
        yield _row(f"all runs, {change}, measured", [(other, measured)])


def _row(what: str, pairs: Sequence[tuple[Spectrum, Spectrum]]) -> Row:
    found = np.array([_scores(*pair) for pair in pairs])
    low, high = np.percentile(found, (2.5, 97.5), axis=0)
    mean = found.mean(axis=0)
    return Row(what, len(pairs), mean[0], low[0], high[0], mean[1], low[1], high[1], mean[2])


def _scores(one: Spectrum, other: Spectrum) -> tuple[float, float, float]:
    pair = prepare(one, other, COMPARE)
    candidate, reference = pair.candidate.mean(axis=0), pair.reference.mean(axis=0)
    distance = wasserstein_of_bands(pair.wavenumber_cm1, pair.spacing_cm1, candidate, reference)
    values = wasserstein_of_values(candidate / candidate.max(), reference / reference.max())
    span = COMPARE.high_cm1 - COMPARE.low_cm1
    return pearson_correlation(candidate, reference), distance / span, values


def _pieces(one: Trajectory, length_ps: float) -> Iterator[Trajectory]:
    """Yield successive pieces of the dipoles of a trajectory."""
    steps = round(1000 * length_ps / one.time_step_fs)
    for first in range(0, len(one.dipole) - steps + 1, steps):
        cut = slice(first, first + steps)
        yield replace(
            one,
            dipole=one.dipole[cut],
            potential_energy=one.potential_energy[cut],
            kinetic_energy=one.kinetic_energy[cut],
        )


def trajectories(
    folder: Path, molecule: str, name: str, replicas: int, length_ps: float
) -> list[Trajectory]:
    """Return trajectories of GFN2-xTB at 300 K, run on where an earlier call stopped."""
    potential: Potential = GFN2(GFN2Recipe())
    recipe = DynamicsRecipe(
        friction_per_fs=FRICTION_PRESETS[OTHER_FRICTION if name == OTHER_FRICTION else _WEAK],
        replicas=replicas,
        equilibration_fs=2000.0,
        production_fs=1000.0 * length_ps,
        frame_stride=1000,
    )
    starts = [_minimum(potential, molecule)]
    if name == _DIPOLE:
        dipole = GFN2(GFN2Recipe(method="GFN1-xTB"))
        potential = CompositePotential(potential, dipole, name=_DIPOLE)
    own = f"{molecule}-{name}-{replicas}-{length_ps:g}".replace("/", " per ").replace(" ", "-")
    sink = ChunkSink(folder / own)
    run(potential, starts, recipe, sink)
    return assemble(sink.frames(), sink.restart() or {}, build_ensemble(starts, recipe), recipe)


def _minimum(potential: Potential, molecule: str) -> Molecules[Array]:
    start = build_molecule(MoleculeRecipe(name=molecule))
    return at_minimum(relaxed_modes(potential, start, VibrationsRecipe()), start)


if __name__ == "__main__":
    main()
