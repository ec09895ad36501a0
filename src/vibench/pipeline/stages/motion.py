"""Stages that move atoms: vibrations about minima and molecular dynamics."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from vibench.core.modes import Modes
from vibench.core.molecules import Array, Molecules, concatenate, single
from vibench.core.protocols import Potential
from vibench.core.trajectory import Trajectory
from vibench.data.molecules import build_conformers
from vibench.dynamics.bonds import within_molecule
from vibench.dynamics.conservation import conservation_scores
from vibench.dynamics.engine import run
from vibench.dynamics.ensemble import build_ensemble
from vibench.dynamics.recipe import DynamicsRecipe
from vibench.dynamics.trajectories import assemble
from vibench.pipeline.stages.job import Job, Outcome
from vibench.pipeline.stages.names import MODES, SCORES, TRAJECTORIES
from vibench.pipeline.stages.recipes import DriftStage, DynamicsStage, VibrationsStage
from vibench.store.chunks import ChunkSink
from vibench.store.hdf5 import read_hdf5, write_hdf5
from vibench.store.scores import write_scores
from vibench.vibrations.modes import relaxed_modes

_SAME_ENERGY_EV = 1e-4
_SAME_FREQUENCY_CM1 = 2.0


def make_vibrations(recipe: VibrationsStage, job: Job) -> Outcome:
    """Relax every conformer and make its normal modes; write `Modes`, lowest energy first."""
    start = job.optional_path("start", MODES)
    if start is None:
        starts = build_conformers(recipe.molecule, recipe.conformers, seed=recipe.seed)
    else:
        like = build_conformers(recipe.molecule, 1, seed=recipe.seed)[0]
        starts = [at_minimum(modes, like) for modes in read_hdf5(start, list)]
    found: list[Modes] = []
    with job.potential(recipe.potential) as potential:
        for index, conformer in enumerate(starts):
            modes = relaxed_modes(potential, conformer, recipe.vibrations)
            if start is not None or not any(_same(modes, other) for other in found):
                found.append(modes)
            job.progress.update(index + 1, len(starts), unit="conformers")
    if start is None:
        found.sort(key=lambda modes: modes.energy)
    write_hdf5(job.workspace.path(MODES), found)
    text = reasons_in_words([modes.outcome.reason for modes in found])
    return {"text": text, "conformers": len(found)}


def reasons_in_words(reasons: Sequence[str]) -> str:
    """Return what is wrong with conformers, each reason once with the number of them.

    Parameters
    ----------
    reasons
        One per conformer; empty where nothing is wrong.
    """
    return "; ".join(
        reason if count == 1 else f"{reason} ({count} of {len(reasons)} conformers)"
        for reason, count in Counter(filter(None, reasons)).items()
    )


def _same(one: Modes, other: Modes) -> bool:
    return (
        abs(one.energy - other.energy) < _SAME_ENERGY_EV
        and len(one.frequencies_cm1) == len(other.frequencies_cm1)
        and abs(one.frequencies_cm1 - other.frequencies_cm1).max() < _SAME_FREQUENCY_CM1
    )


def at_minimum(modes: Modes, like: Molecules[Array]) -> Molecules[Array]:
    """Return the molecule of *modes* at its geometry, with charge, spin and field of *like*."""
    molecule = single(
        modes.name,
        modes.numbers,
        modes.positions,
        modes.masses,
        charge=float(like.charge[0]),
        unpaired_electrons=int(like.unpaired_electrons[0]),
    )
    return replace(molecule, electric_field=like.electric_field)


def make_dynamics(recipe: DynamicsStage, job: Job) -> Outcome:
    """Run all replicas at all temperatures; write a list of `Trajectory`."""
    like = build_conformers(recipe.molecule, 1)[0]
    with job.potential(recipe.potential) as potential:
        trajectories = move(job, potential, like, recipe.dynamics)
    write_hdf5(job.workspace.path(TRAJECTORIES), trajectories)
    return described(trajectories, recipe.dynamics)


def move(
    job: Job, potential: Potential, like: Molecules[Array], dynamics: DynamicsRecipe
) -> list[Trajectory]:
    """Run a molecule from the minima of the input ``start``, or go on where a job stopped.

    Trajectories with other bonds than *like* has count as failed.
    """
    starts = [starting_points(job, like)]
    sink = ChunkSink(job.workspace.scratch / "frames")
    run(potential, starts, dynamics, sink, job.progress)
    ensemble = build_ensemble(starts, dynamics)
    trajectories = assemble(sink.frames(), sink.restart() or {}, ensemble, dynamics)
    return within_molecule(trajectories, like, dynamics)


def described(trajectories: Sequence[Trajectory], dynamics: DynamicsRecipe) -> Outcome:
    """Return what is to be said of trajectories: how many failed, why and when, and the work."""
    total = len(trajectories)
    failed = [one for one in trajectories if not one.outcome.finished]
    reasons = "; ".join(dict.fromkeys(one.outcome.reason for one in failed))
    failures = [
        {
            "temperature_k": one.temperature_k,
            "step": one.outcome.step,
            "reason": one.outcome.reason,
        }
        for one in failed
    ]
    return {
        "text": f"{len(failed)} of {total} trajectories failed: {reasons}" if failed else "",
        "trajectories": total,
        "failed": len(failed),
        "molecule_steps": total * dynamics.total_steps,
        **({"failures": failures} if failures else {}),
    }


def make_drift(recipe: DriftStage, job: Job) -> Outcome:
    """Write the scores of trajectories at constant energy."""
    trajectories: list[Trajectory] = read_hdf5(job.path("dynamics", TRAJECTORIES), list)
    scores = conservation_scores(trajectories)
    named = [replace(one, model=recipe.candidate, molecule=recipe.molecule) for one in scores]
    write_scores(job.workspace.path(SCORES), named)
    return {"text": "" if scores else "no drift: every trajectory failed"}


def starting_points(job: Job, like: Molecules[Array]) -> Molecules[Array]:
    """Return the minima of the input ``start``; what is no minimum counts only if all are none."""
    found: list[Modes] = read_hdf5(job.path("start", MODES), list)
    minima = [modes for modes in found if modes.outcome.finished] or found
    return concatenate([at_minimum(modes, like) for modes in minima])


def at_temperature(trajectories: list[Trajectory], temperature_k: float) -> list[Trajectory]:
    """Return the trajectories of one temperature."""
    return [run for run in trajectories if run.temperature_k == temperature_k]
