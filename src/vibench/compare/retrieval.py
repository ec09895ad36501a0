"""What a score means: that of wrong molecules, and whether it finds the right one."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from scipy.stats import binomtest

from vibench.compare.measures import measures
from vibench.compare.preparation import prepare
from vibench.compare.recipe import FEWEST_SPECTRA, CompareRecipe, MetricName
from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.core.score import Score
from vibench.core.spectrum import Spectrum

_MEASURES: Final[dict[MetricName, tuple[str, str, int]]] = {
    "pearson": ("Pearson correlation", "", 1),
    "wasserstein": ("Wasserstein distance", "cm^-1", -1),
}
"""Name, unit and direction of merit of the measures that rank."""


def retrieval_scores(
    candidates: Mapping[str, Spectrum], library: Mapping[str, Spectrum], recipe: CompareRecipe
) -> list[Score]:
    """Compare spectra of many molecules with a library of all of them.

    A score of the right molecule means little if that of a wrong one is as good: spectra of organic
    molecules all have C-H bands. The score of wrong molecules is the null to hold it against.

    Parameters
    ----------
    candidates
        Molecule → spectrum that is judged.
    library
        Molecule → spectrum to find; those of all candidates must be among them.
    recipe
        How spectra are prepared.

    Returns
    -------
    scores
        By Pearson correlation and by Wasserstein distance (`Score.part`): for each candidate the
        mean score of the wrong molecules, and the rank of the right one (1 is first); over all
        candidates the fraction that is ranked first, with its exact binomial interval.

    Raises
    ------
    InputError
        If the library holds fewer than three spectra or lacks a candidate's molecule.

    References
    ----------
    C. J. Clopper and E. S. Pearson, Biometrika 26, 404 (1934) (interval of a fraction).
    """
    if len(library) < FEWEST_SPECTRA:
        raise InputError(
            f"a library of {len(library)} spectra tells nothing: at least {FEWEST_SPECTRA} needed"
        )
    missing = [name for name in candidates if name not in library]
    if missing:
        raise InputError(f"the library has no spectrum of {', '.join(missing)}")
    tables = _tables(candidates, library, recipe)
    scores = []
    for name, table in tables.items():
        ranks = []
        for row, molecule in zip(table, candidates, strict=True):
            values = dict(zip(library, map(float, row), strict=True))
            null, rank = _of_molecule(molecule, values, name)
            ranks.append(rank.value)
            scores += [null, rank]
        scores.append(_total(np.array(ranks), len(library), name))
    return scores


def _tables(
    candidates: Mapping[str, Spectrum], library: Mapping[str, Spectrum], recipe: CompareRecipe
) -> dict[MetricName, Array]:
    """Return (candidates, library) values of each measure."""
    tables = {name: np.empty((len(candidates), len(library))) for name in _MEASURES}
    for row, candidate in enumerate(candidates.values()):
        for column, reference in enumerate(library.values()):
            pair = prepare(candidate, reference, recipe)
            means = pair.candidate.mean(axis=0), pair.reference.mean(axis=0)
            known = measures(pair.wavenumber_cm1, pair.spacing_cm1, recipe)
            for name in _MEASURES:
                tables[name][row, column] = known[name].of_means(*means)
    return tables


def _of_molecule(
    molecule: str, values: Mapping[str, float], name: MetricName
) -> tuple[Score, Score]:
    """Return null and rank of one molecule from its values against the whole library."""
    measure, unit, sign = _MEASURES[name]
    wrong = [value for other, value in values.items() if other != molecule]
    best = max(values, key=lambda other: sign * values[other])
    null = Score(
        name="score of wrong molecules",
        value=float(np.mean(wrong)),
        unit=unit,
        higher_is_better=sign > 0,
        n=len(wrong),
        low=min(wrong),
        high=max(wrong),
        estimand=f"mean {measure} with the spectra of {len(wrong)} other molecules; the range is "
        "from the lowest to the highest of them, no confidence interval",
        molecule=molecule,
        part=measure,
    )
    rank = Score(
        name="rank of the right molecule",
        value=1.0 + sum(sign * value > sign * values[molecule] for value in wrong),
        unit="",
        higher_is_better=False,
        n=len(values),
        estimand=f"among {len(values)} spectra, by {measure}; first is {best}",
        molecule=molecule,
        part=measure,
    )
    return null, rank


def _total(ranks: Array, library: int, name: MetricName) -> Score:
    """Return the fraction of molecules that are found first."""
    first, count = int((ranks == 1).sum()), len(ranks)
    interval = binomtest(first, count).proportion_ci()
    measure = _MEASURES[name][0]
    return Score(
        name="right molecule found first",
        value=first / count,
        unit="",
        higher_is_better=True,
        n=count,
        low=float(interval.low),
        high=float(interval.high),
        estimand=f"fraction of {count} spectra that match that of the right molecule best among "
        f"{library}, by {measure}; chance is {1 / library:.2g}; exact binomial interval",
        part=measure,
    )
