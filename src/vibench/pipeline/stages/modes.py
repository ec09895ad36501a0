"""Stages that judge normal modes: against a reference's, and against observed fundamentals."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from vibench.compare.bands import band_fundamental_scores, harmonic_fundamental_scores
from vibench.compare.frequencies import compare_frequencies
from vibench.core.bands import ModeBands
from vibench.core.errors import InputError
from vibench.core.modes import Modes
from vibench.core.score import Score
from vibench.core.trajectory import Trajectory
from vibench.pipeline.stages.job import Job, Outcome
from vibench.pipeline.stages.motion import at_temperature
from vibench.pipeline.stages.names import MODES, SCORES, TRAJECTORIES, bands_file
from vibench.pipeline.stages.recipes import FrequenciesStage, FundamentalsStage
from vibench.spectra.mode_bands import mode_bands
from vibench.spectra.power import mode_power
from vibench.spectra.recipe import BandsRecipe, SpectrumRecipe
from vibench.spectra.survivors import survivors
from vibench.store.hdf5 import read_hdf5, write_hdf5
from vibench.store.scores import write_scores
from vibench.vibrations.projection import project


def make_frequencies(recipe: FrequenciesStage, job: Job) -> Outcome:
    """Compare harmonic frequencies of the lowest minima; write scores.

    Modes whose relaxation failed, or that are of no minimum, have none: they would count in means.
    """
    candidate: Modes = read_hdf5(job.path("candidate", MODES), list)[0]
    reference: Modes = read_hdf5(job.path("reference", MODES), list)[0]
    failed = [one.outcome.reason for one in (candidate, reference) if not one.outcome.finished]
    if failed:
        write_scores(job.workspace.path(SCORES), [])
        return {"text": f"not compared: {'; '.join(failed)}"}
    try:
        scores = compare_frequencies(
            candidate, reference, degenerate_within_cm1=recipe.degenerate_within_cm1
        )
    except InputError as error:
        write_scores(job.workspace.path(SCORES), [])
        return {"text": str(error)}
    labelled = [
        replace(score, model=recipe.candidate, reference=recipe.reference, molecule=recipe.molecule)
        for score in scores
    ]
    write_scores(job.workspace.path(SCORES), labelled)
    return {"text": ""}


def make_fundamentals(recipe: FundamentalsStage, job: Job) -> Outcome:
    """Compare harmonic wavenumbers and bands of dynamics with observed fundamentals.

    Writes scores and, per temperature, the `ModeBands`.
    """
    minima: list[Modes] = read_hdf5(job.path("modes", MODES), list)
    notes, found = [], dict[float, ModeBands]()
    path = job.optional_path("dynamics", TRAJECTORIES)
    runs: list[Trajectory] = [] if path is None else read_hdf5(path, list)
    for temperature_k in recipe.temperatures_k:
        try:
            here = at_temperature(runs, temperature_k)
            found[temperature_k] = find_bands(here, minima, recipe.spectrum, recipe.bands)
        except InputError as error:
            notes.append(f"no bands at {temperature_k:g} K: {error}")
            continue
        write_hdf5(job.workspace.path(bands_file(temperature_k)), found[temperature_k])
    write_scores(job.workspace.path(SCORES), fundamental_scores(recipe, minima[0], found))
    return {"text": "; ".join(notes)}


def fundamental_scores(
    recipe: FundamentalsStage, lowest: Modes, bands: Mapping[float, ModeBands]
) -> list[Score]:
    """Compare harmonic wavenumbers and bands with observed fundamentals.

    Parameters
    ----------
    recipe
        The fundamentals, and what the scores are about.
    lowest
        Modes of the lowest minimum.
    bands
        Temperature in K → bands of these modes in dynamics.
    """
    scores = harmonic_fundamental_scores(lowest, recipe.fundamentals_cm1)
    for temperature_k, found in bands.items():
        compared = band_fundamental_scores(lowest, found, recipe.fundamentals_cm1)
        scores += [replace(score, temperature_k=temperature_k) for score in compared]
    return [
        replace(score, model=recipe.candidate, molecule=recipe.molecule, reference="observed")
        for score in scores
    ]


def find_bands(
    runs: Sequence[Trajectory],
    minima: Sequence[Modes],
    spectrum: SpectrumRecipe,
    bands: BandsRecipe,
) -> ModeBands:
    """Project trajectories on normal modes and find the band of each mode.

    Parameters
    ----------
    runs
        Replicas of one molecule at one temperature; failed ones are left out.
    minima
        Modes of its minima, lowest first; bands are those of the first. Others count where they
        are true minima.
    spectrum, bands
        Settings.

    Raises
    ------
    InputError
        If too many trajectories failed (see `survivors`), if frames are too few or too far apart,
        or if trajectories and modes do not belong together.
    """
    finished = survivors(runs, spectrum)
    others = [modes for modes in minima[1:] if modes.outcome.finished]
    motions = [project(run, [minima[0], *others]) for run in finished]
    power = mode_power(
        [motion.velocities for motion in motions],
        spacing_fs=motions[0].spacing_fs,
        temperature_k=finished[0].temperature_k,
        recipe=spectrum.model_copy(update={"depth_fs": min(spectrum.depth_fs, bands.depth_fs)}),
    )
    return mode_bands(
        power, minima[0].frequencies_cm1, bands, time_step_fs=finished[0].time_step_fs
    )
