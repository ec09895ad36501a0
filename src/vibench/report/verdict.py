"""Which model to use, and how sure that is: the first sentences of a report."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vibench.core.score import Score
from vibench.report.choice import choice_sentences, failure_sentences
from vibench.report.formatting import listing, score_text, value_text
from vibench.report.rankings import OVER_MOLECULES, ranked, told_apart, with_all_noise
from vibench.report.results import StudyResults
from vibench.report.scores import MEASURED, PEARSON, WASSERSTEIN, mean_score, named, shared


@dataclass(frozen=True, slots=True)
class Standing:
    """Models by one measure against one reference at one temperature, the best first."""

    measure: str
    """Name of the measure."""
    temperature_k: float | None
    """Temperature in K."""
    means: tuple[Score, ...]
    """Means over molecules with letters, the best first."""

    @property
    def best(self) -> tuple[str, ...]:
        """The best model, and those that cannot be told apart from it."""
        first = self.means[0]
        return tuple(str(one.model) for one in self.means if not _apart(first, one))

    @property
    def worse(self) -> tuple[str, ...]:
        """The other models."""
        return tuple(str(one.model) for one in self.means if one.model not in self.best)

    @property
    def mutual(self) -> bool:
        """Whether no two of the best can be told apart."""
        best = [one for one in self.means if one.model in self.best]
        return not any(_apart(one, other) for one in best for other in best)


def _apart(first: Score, second: Score) -> bool:
    return told_apart(first, second, (first.group, second.group))


def standings(scores: Sequence[Score], reference: str, measure: str) -> tuple[Standing, ...]:
    """Return how models stand by their letters, one entry per temperature; none without letters."""
    groups: dict[float | None, list[Score]] = {}
    for score in ranked(scores):
        if (score.name, score.reference) == (measure + OVER_MOLECULES, reference):
            groups.setdefault(score.temperature_k, []).append(score)
    return tuple(
        Standing(measure, temperature_k, tuple(means))
        for temperature_k, means in groups.items()
        if len(means) > 1
    )


def spectra_sentences(results: StudyResults, chosen: Sequence[Score], reference: str) -> list[str]:
    """Return who comes closest to the spectra of *reference*, if anybody does, and whom to use.

    What comes closest to measurement is not asked for its cost: the method that a model has
    learned may differ more from measurement than models do from each other.

    Parameters
    ----------
    results
        The study.
    chosen
        Correlations of two or more models with the reference.
    reference
        Its name, ``"measured"`` of measured spectra.
    """
    by_pearson = standings(results.scores, reference, PEARSON)
    if not by_pearson:
        return _untested(results, chosen, reference)
    best = [
        model
        for model in by_pearson[0].best
        if all(model in standing.best for standing in by_pearson)
    ]
    count = by_pearson[0].means[0].n
    text = _standing_words(by_pearson[0], reference, alone=len(by_pearson) == 1)
    if len(by_pearson) > 1:
        text += _at_other_temperatures(by_pearson, best)
    sentences = [f"{text} {_sureness(by_pearson[0], count)}"]
    by_distance = standings(results.scores, reference, WASSERSTEIN)
    agree = [model for model in best if all(model in standing.best for standing in by_distance)]
    if agree and len(agree) < len(best):
        sentences += _further_off(by_distance, [model for model in best if model not in agree])
    elif by_distance and best and not agree:
        leaders = by_distance[0].best
        sentences.append(
            f"By the Wasserstein distance others come first: {listing(leaders)}. The two measures "
            "do not agree on a best model."
        )
    sentences += failure_sentences(results)
    if reference != MEASURED:
        sentences += choice_sentences(results, agree or best)
    return sentences


def _further_off(found: Sequence[Standing], models: Sequence[str]) -> list[str]:
    """Return which models are further off than which others by the letters of the distance."""
    nearer = {model: tuple(dict.fromkeys(_ahead(found, model))) for model in models}
    sentences = []
    for others in dict.fromkeys(nearer.values()):
        alike = [model for model in models if nearer[model] == others]
        sentences.append(
            f"By the Wasserstein distance {listing(alike)} {_be(alike)} further off than "
            f"{listing(others)}."
        )
    return sentences


def _ahead(found: Sequence[Standing], model: str) -> Iterator[str]:
    """Yield the models that come before *model* at any temperature and are told apart from it."""
    for standing in found:
        places = {one.model: place for place, one in enumerate(standing.means)}
        if model in places:
            own = standing.means[places[model]]
            before = standing.means[: places[model]]
            yield from (str(one.model) for one in before if _apart(one, own))


def spectra_of(reference: str) -> str:
    """Return the words for the spectra that models are compared with."""
    if reference == MEASURED:
        return "the measured infrared spectra"
    return f"the infrared spectra of {reference}"


def _be(models: Sequence[str]) -> str:
    return "is" if len(models) == 1 else "are"


def _standing_words(standing: Standing, reference: str, *, alone: bool) -> str:
    values = {str(one.model): one for one in standing.means}
    best, worse = standing.best, standing.worse
    count = standing.means[0].n
    over = "correlation" if count == 1 else f"mean Pearson correlation over {count} molecules"
    over = f"Pearson {over}" if count == 1 else over
    place = "" if alone else f" at {standing.temperature_k:g} K"
    if len(best) == 1:
        first = values[best[0]]
        others = listing(f"{value_text(values[model])} of {model}" for model in worse)
        return (
            f"Of {len(values)} models {best[0]} comes closest to {spectra_of(reference)}"
            f"{place}: its {over} is {score_text(first)}, against {others}, a "
            "difference larger than noise."
        )
    shown = listing(value_text(values[model]) for model in best)
    if standing.mutual:
        text = (
            f"{listing(best)} cannot be told apart by {spectra_of(reference)}{place} "
            f"({over} {shown})"
        )
    else:
        text = (
            f"{best[0]} has the highest {over} with {spectra_of(reference)}{place} "
            f"({value_text(values[best[0]])}), but "
            + listing(f"{model} ({value_text(values[model])})" for model in best[1:])
            + " cannot be told apart from it"
        )
    if not worse:
        return f"{text}; no model is shown to be worse by it." if standing.mutual else f"{text}."
    only = "only " if len(worse) < len(best) else ""
    told = listing(f"{model} ({value_text(values[model])})" for model in worse)
    return f"{text}; {only}{told} {_be(worse)} worse."


def _at_other_temperatures(found: Sequence[Standing], best: Sequence[str]) -> str:
    if all(set(one.best) == set(found[0].best) for one in found):
        return f" The same holds at all {len(found)} temperatures."
    if not best:
        return f" No model is among the best at all {len(found)} temperatures."
    return f" Among the best at all {len(found)} temperatures: {listing(best)}."


def _sureness(standing: Standing, count: int) -> str:
    """Return how far the statement goes."""
    once = any("each made once" in one.estimand for one in standing.means)
    molecules = "this molecule" if count == 1 else "these molecules"
    random = any(one.estimand.startswith("population") for one in standing.means)
    of = "molecules like these" if random else molecules
    if once:
        return (
            f"That is for {of}, with a 5 % chance of any false difference; each model was trained "
            "once, and another training may change it."
        )
    return (
        f"That is for {of} and for trainings like these, with a 5 % chance of any false difference."
    )


def _untested(results: StudyResults, chosen: Sequence[Score], reference: str) -> list[str]:
    """Return means of models that no test compared."""
    groups = {str(score.model): None for score in chosen}
    common = shared(chosen)
    means = {
        model: with_all_noise(mean, results.scores)
        for model in groups
        if (mean := mean_score(named(common, PEARSON, model))) is not None
    }
    order = sorted(means, key=lambda model: means[model].value, reverse=True)
    if len(order) < 2:
        return []
    count = means[order[0]].n if len(common) > len(order) else 1
    most = max(len(named(chosen, PEARSON, model)) for model in groups)
    spectra = "spectrum" if count == 1 else "spectra"
    which = f"{count} {spectra}" if count == most else f"the {count} {spectra} that all models gave"
    others = listing(f"{model} {value_text(means[model])}" for model in order[1:])
    text = (
        f"Of {len(groups)} models {order[0]} has the highest mean Pearson correlation with "
        f"{spectra_of(reference)}, {score_text(means[order[0]])} over {which}; that of "
        f"{others}. Whether the difference is more than noise was not tested."
    )
    return [text]
