"""Stage that compares models with each other by their spectra."""

from dataclasses import replace

from vibench.compare.ranking import rank_models
from vibench.core.difference import Difference
from vibench.core.errors import InputError
from vibench.core.score import Score
from vibench.core.spectrum import Spectrum
from vibench.pipeline.stages.job import Job, Outcome
from vibench.pipeline.stages.names import (
    DIFFERENCES,
    MEASURED,
    SCORES,
    spectrum_file,
    spectrum_role,
)
from vibench.pipeline.stages.recipes import RankingStage
from vibench.store.hdf5 import read_hdf5
from vibench.store.scores import write_differences, write_scores


def make_ranking(recipe: RankingStage, job: Job) -> Outcome:
    """Compare all models at each temperature; write their means, letters and differences."""
    scores: list[Score] = []
    differences: list[Difference] = []
    notes: list[str] = []
    for temperature_k in recipe.temperatures_k:
        models = {
            name: [_spectra(recipe, job, member, temperature_k) for member in members]
            for name, members in recipe.models.items()
        }
        references = _spectra(recipe, job, "reference", temperature_k)
        try:
            found = rank_models(models, references, recipe.compare, recipe.ranking)
        except InputError as error:
            notes.append(f"{temperature_k:g} K: {error}")
            continue
        scores += [
            replace(score, reference=recipe.reference, temperature_k=temperature_k)
            for score in found.scores
        ]
        differences += [
            replace(one, reference=recipe.reference, temperature_k=temperature_k)
            for one in found.differences
        ]
        notes += [f"{temperature_k:g} K: {note}" for note in found.notes]
    write_scores(job.workspace.path(SCORES), scores)
    write_differences(job.workspace.path(DIFFERENCES), differences)
    return {"text": "; ".join(notes)}


def _spectra(
    recipe: RankingStage, job: Job, source: str, temperature_k: float
) -> dict[str, Spectrum]:
    """Return the spectra of one source by molecule; those that were not made are not there."""
    found = {}
    for molecule in recipe.molecules:
        role = spectrum_role(source, molecule)
        checksums = job.inputs[role].checksums
        name = MEASURED if MEASURED in checksums else spectrum_file(temperature_k)
        if name in checksums:
            found[molecule] = read_hdf5(job.path(role, name), Spectrum)
    return found
