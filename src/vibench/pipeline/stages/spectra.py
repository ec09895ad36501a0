"""Stages that make spectra and compare them."""

from dataclasses import replace
from pathlib import Path

from vibench.compare.scores import compare_spectra
from vibench.core.score import Score
from vibench.core.spectrum import Spectrum
from vibench.experiment.measurement import read_measurement
from vibench.pipeline.stages.job import Job, Outcome
from vibench.pipeline.stages.motion import at_temperature
from vibench.pipeline.stages.names import MEASURED, SCORES, TRAJECTORIES, spectrum_file
from vibench.pipeline.stages.recipes import (
    CompareStage,
    MeasureStage,
    SpectraStage,
)
from vibench.spectra.md import md_spectrum
from vibench.store.hdf5 import read_hdf5, write_hdf5
from vibench.store.scores import write_scores


def make_spectra(recipe: SpectraStage, job: Job) -> Outcome:
    """Make a `Spectrum` per temperature; one without a finished trajectory is left out."""
    trajectories = read_hdf5(job.path("dynamics", TRAJECTORIES), list)
    missing = []
    for temperature_k in recipe.temperatures_k:
        runs = at_temperature(trajectories, temperature_k)
        if any(run.outcome.finished for run in runs):
            spectrum = md_spectrum(runs, recipe.spectrum)
            write_hdf5(job.workspace.path(spectrum_file(temperature_k)), spectrum)
        else:
            missing.append(f"{temperature_k:g} K")
    text = f"no spectrum at {', '.join(missing)}: every trajectory failed" if missing else ""
    return {"text": text}


def make_measurement(recipe: MeasureStage, job: Job) -> Outcome:
    """Write the measured `Spectrum` and what its user has to know."""
    path = Path(job.task.files["measured"])
    measurement = read_measurement(recipe.measured.model_copy(update={"path": path}))
    write_hdf5(job.workspace.path(MEASURED), measurement.spectrum)
    return {"text": "; ".join(measurement.notices)}


def make_comparison(recipe: CompareStage, job: Job) -> Outcome:
    """Compare spectra at each temperature that both sides have; write scores."""
    scores: list[Score] = []
    for temperature_k in recipe.temperatures_k:
        name = spectrum_file(temperature_k)
        if not _has(job, "candidate", name) or not _has(job, "reference", name):
            continue
        candidate = read_hdf5(job.path("candidate", name), Spectrum)
        measured = MEASURED in job.inputs["reference"].checksums
        reference = read_hdf5(job.path("reference", MEASURED if measured else name), Spectrum)
        scores += [
            replace(
                score,
                model=recipe.candidate,
                reference=recipe.reference,
                molecule=recipe.molecule,
                temperature_k=temperature_k,
                dataset=recipe.dataset,
            )
            for score in compare_spectra(candidate, reference, recipe.compare)
        ]
    write_scores(job.workspace.path(SCORES), scores)
    return {"text": "" if scores else "nothing to compare: a spectrum is missing"}


def _has(job: Job, role: str, name: str) -> bool:
    checksums = job.inputs[role].checksums
    return name in checksums or MEASURED in checksums
