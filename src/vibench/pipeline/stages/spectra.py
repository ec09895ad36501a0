"""Stages that make spectra and compare them."""

from dataclasses import replace
from pathlib import Path

from vibench.compare.recipe import FEWEST_SPECTRA, CompareRecipe
from vibench.compare.retrieval import retrieval_scores
from vibench.compare.scores import compare_spectra
from vibench.compare.variants import baseline_scores
from vibench.core.errors import InputError
from vibench.core.modes import Modes
from vibench.core.score import Score
from vibench.core.spectrum import Spectrum
from vibench.experiment.measurement import baseline_variants, read_measurement
from vibench.pipeline.stages.convergence import check_convergence
from vibench.pipeline.stages.job import Job, Outcome
from vibench.pipeline.stages.motion import at_temperature
from vibench.pipeline.stages.names import (
    BASELINE,
    MEASURED,
    MODES,
    SCORES,
    TRAJECTORIES,
    spectrum_file,
)
from vibench.pipeline.stages.recipes import (
    CompareStage,
    MeasureStage,
    RetrievalStage,
    SpectraStage,
)
from vibench.signals.resampling import uniform_grid
from vibench.spectra.harmonic import harmonic_spectrum
from vibench.spectra.md import md_spectrum
from vibench.spectra.survivors import survivors
from vibench.store.hdf5 import read_hdf5, write_hdf5
from vibench.store.scores import write_scores


def make_spectra(recipe: SpectraStage, job: Job) -> Outcome:
    """Make a `Spectrum` per temperature and say whether its replicas have converged.

    A temperature at which too many trajectories failed is left out.
    """
    trajectories = read_hdf5(job.path("dynamics", TRAJECTORIES), list)
    notes: list[str] = []
    scores: list[Score] = []
    for temperature_k in recipe.temperatures_k:
        runs = at_temperature(trajectories, temperature_k)
        try:
            survivors(runs, recipe.spectrum)
        except InputError as error:
            notes.append(f"no spectrum at {temperature_k:g} K: {error}")
            continue
        spectrum = md_spectrum(runs, recipe.spectrum)
        write_hdf5(job.workspace.path(spectrum_file(temperature_k)), spectrum)
        found = check_convergence(runs, recipe.spectrum)
        scores += [replace(score, model=recipe.source) for score in found.scores]
        notes += [f"{temperature_k:g} K: {note}" for note in found.notes]
    write_scores(job.workspace.path(SCORES), scores)
    return {"text": "; ".join(notes)}


def make_measurement(recipe: MeasureStage, job: Job) -> Outcome:
    """Write the measured `Spectrum`, also with every other baseline, and what to know about it."""
    path = Path(job.task.files["measured"])
    settings = recipe.measured.model_copy(update={"path": path})
    measurement = read_measurement(settings)
    write_hdf5(job.workspace.path(MEASURED), measurement.spectrum)
    for method, variant in baseline_variants(settings).items():
        write_hdf5(job.workspace.path(f"{BASELINE}{method}.h5"), variant.spectrum)
    return {"text": "; ".join(measurement.notices)}


def make_comparison(recipe: CompareStage, job: Job) -> Outcome:
    """Compare spectra at each temperature that both sides have; write scores."""
    scores: list[Score] = []
    for temperature_k in recipe.temperatures_k:
        candidate = _spectrum(job, "candidate", temperature_k, recipe.compare)
        reference = _spectrum(job, "reference", temperature_k, recipe.compare)
        if candidate is None or reference is None:
            continue
        found = compare_spectra(candidate, reference, recipe.compare)
        if recipe.dataset is None:
            found += baseline_scores(candidate, _baselines(job), recipe.compare)
        scores += [
            replace(
                score,
                model=recipe.candidate,
                reference=recipe.reference,
                molecule=recipe.molecule,
                temperature_k=temperature_k,
                dataset=recipe.dataset,
            )
            for score in found
        ]
    write_scores(job.workspace.path(SCORES), scores)
    return {"text": "" if scores else "nothing to compare: a spectrum is missing"}


def _baselines(job: Job) -> dict[str, Spectrum]:
    """Return the measured reference with each of its baselines; nothing for a computed one."""
    names = (name for name in job.inputs["reference"].checksums if name.startswith(BASELINE))
    return {
        name.removeprefix(BASELINE).removesuffix(".h5"): read_hdf5(
            job.path("reference", name), Spectrum
        )
        for name in sorted(names)
    }


def make_retrieval(recipe: RetrievalStage, job: Job) -> Outcome:
    """Look for each spectrum of the candidate among those of the reference; write scores."""
    scores: list[Score] = []
    for temperature_k in recipe.temperatures_k:
        sides: dict[str, dict[str, Spectrum]] = {"candidate": {}, "reference": {}}
        for role in job.inputs:
            side, _, molecule = role.partition(" ")
            spectrum = _spectrum(job, role, temperature_k, recipe.compare)
            if spectrum is not None:
                sides[side][molecule] = spectrum
        library = sides["reference"]
        known = {name: s for name, s in sides["candidate"].items() if name in library}
        if len(library) < FEWEST_SPECTRA or not known:
            continue
        scores += [
            replace(
                score,
                model=recipe.candidate,
                reference=recipe.reference,
                temperature_k=temperature_k,
            )
            for score in retrieval_scores(known, library, recipe.compare)
        ]
    write_scores(job.workspace.path(SCORES), scores)
    return {"text": "" if scores else "too few spectra to look for one among them"}


def _spectrum(job: Job, role: str, temperature_k: float, compare: CompareRecipe) -> Spectrum | None:
    """Return the spectrum of an input: measured, harmonic, or from dynamics at a temperature."""
    checksums = job.inputs[role].checksums
    if MODES in checksums:
        lowest: Modes = read_hdf5(job.path(role, MODES), list)[0]
        grid = uniform_grid(compare.low_cm1, compare.high_cm1, step_cm1=compare.step_cm1)
        return harmonic_spectrum(lowest, width_cm1=compare.width_cm1, grid_cm1=grid)
    name = MEASURED if MEASURED in checksums else spectrum_file(temperature_k)
    return read_hdf5(job.path(role, name), Spectrum) if name in checksums else None
