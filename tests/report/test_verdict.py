"""The first sentences: who is best, whether that is more than noise, and what it costs."""

from dataclasses import replace

import numpy as np

from vibench.core.score import Score
from vibench.report.results import Cost, Lifetimes, StudyResults
from vibench.report.scores import INFERENCE_SCORE, PEARSON, WASSERSTEIN
from vibench.report.summary import state_result

TIMES = {"A": 4.0, "B": 1.0, "C": 2.0, "D": 0.5}


def single(model: str, value: float, molecule: str) -> Score:
    """Return a correlation with PBE."""
    return Score(
        name=PEARSON,
        value=value,
        unit="",
        higher_is_better=True,
        n=8,
        model=model,
        molecule=molecule,
        reference="PBE",
        temperature_k=300.0,
    )


def mean(
    model: str, value: float, group: str, measure: str = PEARSON, temperature_k: float = 300.0
) -> Score:
    """Return a mean over molecules with letters."""
    return Score(
        name=f"{measure}, mean over molecules",
        value=value,
        unit="",
        higher_is_better=measure == PEARSON,
        n=2,
        low=value - 0.01,
        high=value + 0.01,
        estimand="mean over these molecules; for these trainings of the models, each made once",
        model=model,
        reference="PBE",
        temperature_k=temperature_k,
        group=group,
    )


def lead(
    letters: dict[str, str],
    *further: Score,
    values: dict[str, float] | None = None,
    lifetimes: tuple[Lifetimes, ...] = (),
) -> str:
    """Return the sentences of models with these letters, best first."""
    values = values or {name: 0.95 - 0.02 * place for place, name in enumerate(letters)}
    scores = [single(name, v, m) for name, v in values.items() for m in ("water", "methanol")]
    scores += [mean(name, values[name], group) for name, group in letters.items()]
    scores += [
        Score(
            name=INFERENCE_SCORE,
            value=TIMES[name],
            unit="ms per molecule",
            higher_is_better=False,
            n=20,
            low=0.9 * TIMES[name],
            high=1.1 * TIMES[name],
            model=name,
        )
        for name in letters
    ]
    costs = tuple(Cost("train", name, TIMES[name], 3600 * TIMES[name], None) for name in letters)
    study = StudyResults("t", "", "", scores=(*scores, *further), costs=costs, lifetimes=lifetimes)
    return " ".join(state_result(study))


def test_one_clear_winner() -> None:
    text = lead({"A": "a", "B": "b"})
    assert text.startswith(
        "Of 2 models A comes closest to the infrared spectra of PBE: its mean Pearson correlation "
        "over 2 molecules is 0.950 (0.940 to 0.960), against 0.930 of B, a difference larger than "
        "noise. That is for these molecules, with a 5 % chance of any false difference; each model "
        "was trained once, and another training may change it."
    )
    assert "matter of cost" not in text


def test_no_winner_among_those_that_cannot_be_told_apart() -> None:
    text = lead({"A": "a", "B": "a", "C": "a", "D": "b"})
    assert text.startswith(
        "A, B and C cannot be told apart by the infrared spectra of PBE (mean Pearson correlation "
        "over 2 molecules 0.950, 0.930 and 0.910); only D (0.890) is worse."
    )
    assert "comes closest" not in text
    assert (
        "Which of A, B and C to use is also a matter of cost: B is the cheapest to run (1.00 ms "
        "per molecule for a prediction against 2.00 of C and 4.00 of A); B is the cheapest to "
        "train (1.00 core-hours against 2.00 of C and 4.00 of A)." in text
    )


def test_nobody_is_worse() -> None:
    text = lead({"A": "a", "B": "a"})
    assert "(mean Pearson correlation over 2 molecules 0.950 and 0.930); no model is shown" in text


def test_letters_that_overlap_in_a_chain() -> None:
    text = lead({"A": "ab", "B": "a", "C": "b", "D": "c"})
    assert text.startswith(
        "A has the highest mean Pearson correlation over 2 molecules with the infrared spectra of "
        "PBE (0.950), but B (0.930) and C (0.910) cannot be told apart from it; only D (0.890) is "
        "worse."
    )


def test_the_distance_may_decide_between_the_best() -> None:
    distances = [mean("A", 30.0, "a", WASSERSTEIN), mean("B", 90.0, "b", WASSERSTEIN)]
    text = lead({"A": "a", "B": "a"}, *distances)
    assert "By the Wasserstein distance B is further off than A." in text
    assert "matter of cost" not in text  # only A is among the best by both


def test_only_models_that_are_told_apart_are_said_to_be_nearer() -> None:
    letters = {"A": "a", "B": "ab", "C": "ab", "D": "b"}
    distances = [
        mean(name, 30.0 + place, group, WASSERSTEIN)
        for place, (name, group) in enumerate(letters.items())
    ]
    text = lead(dict.fromkeys(letters, "a"), *distances)
    assert "By the Wasserstein distance D is further off than A." in text


def errors(**values: float) -> list[Score]:
    """Return force errors on held-out structures, each known within a tenth."""
    first = replace(single("A", 1.0, "water"), name="force MAE", unit="meV/Å", reference=None)
    return [
        replace(first, value=v, low=0.9 * v, high=1.1 * v, model=m, molecule=None, dataset="test")
        for m, v in values.items()
    ]


def test_errors_that_differ_stand_beside_cost() -> None:
    text = lead({"A": "a", "B": "a"}, *errors(A=26.0, B=69.0))
    assert "Their force errors do differ, from 26.0 meV/Å (23.4 to 28.6) of A to 69.0" in text
    assert text.index("force errors do differ") < text.index("is also a matter of cost")
    assert "force errors do differ" not in lead({"A": "a", "B": "a"}, *errors(A=26.0, B=27.0))


def test_models_that_fail_are_named_and_not_recommended() -> None:
    lost = np.arange(4) < 3
    runs = [
        Lifetimes("spectra", name, "model", "ethanol", 300.0, np.full(4, 9.0), failed)
        for name, failed in (("A", ~lost & lost), ("B", lost), ("C", ~lost & lost))
    ]
    text = lead({"A": "a", "B": "a", "C": "a"}, lifetimes=tuple(runs))
    assert "Trajectories failed: 3 of 4 (ethanol) of B; none of A and C." in text
    assert "Which of A and C to use is also a matter of cost: C is the cheapest" in text


def test_measures_that_contradict_each_other_are_told() -> None:
    distances = [mean("B", 30.0, "a", WASSERSTEIN), mean("A", 90.0, "b", WASSERSTEIN)]
    text = lead({"A": "a", "B": "b"}, *distances)
    assert "By the Wasserstein distance others come first: B." in text


def test_temperatures_that_differ_are_told() -> None:
    hot = [mean("B", 0.9, "a", temperature_k=900.0), mean("A", 0.8, "b", temperature_k=900.0)]
    text = lead({"A": "a", "B": "b"}, *hot)
    assert "of PBE at 300 K" in text
    assert "No model is among the best at all 2 temperatures." in text
    same = [mean("A", 0.9, "a", temperature_k=900.0), mean("B", 0.8, "b", temperature_k=900.0)]
    assert "The same holds at all 2 temperatures." in lead({"A": "a", "B": "b"}, *same)


def test_models_that_gave_no_spectrum_are_named() -> None:
    broken = np.ones(4, bool)
    lost = Lifetimes("spectra", "B", "model", "water", 300.0, np.full(4, 9.0), broken)
    error = replace(single("B", 9.0, "water"), name="force MAE", dataset="test")
    scores = (single("A", 0.9, "water"), error)
    text = " ".join(state_result(StudyResults("t", "", "", scores=scores, lifetimes=(lost,))))
    assert text.startswith("A reproduces the infrared spectra of PBE")
    assert "for water, at 300 K. B gave no spectrum to compare." in text


def test_measured_spectra_stand_in_where_no_reference_moved() -> None:
    scores = [
        replace(single(m, v, "water"), reference="measured") for m, v in (("A", 0.8), ("B", 0.7))
    ]
    means = [mean("A", 0.8, "a"), mean("B", 0.7, "a")]
    scores += [replace(one, reference="measured", n=1) for one in means]
    costs = tuple(Cost("train", name, 1.0, 3600.0, None) for name in "AB")
    text = " ".join(state_result(StudyResults("t", "", "", scores=tuple(scores), costs=costs)))
    assert text.startswith("A and B cannot be told apart by the measured infrared spectra (Pearson")
    assert "Against measured spectra" not in text
    # PBE may be further from measurement than the models are from PBE: cost is no reason then.
    assert "cost" not in text


def test_errors_that_letters_do_not_tell_apart_are_told() -> None:
    def over_seeds(model: str, value: float, group: str) -> Score:
        return replace(
            mean(model, value, group), name="energy MAE, mean over seeds", unit="meV",
            reference=None, dataset="test", temperature_k=None,
        )  # fmt: skip

    plain = [
        replace(single(m, v, "water"), name="energy MAE", unit="meV", dataset="test")
        for m, v in (("A", 2.0), ("B", 2.1), ("C", 5.0), ("A, committee", 1.0))
    ]
    letters = [over_seeds("C", 5.0, "b"), over_seeds("A", 2.0, "a"), over_seeds("B", 2.1, "ab")]
    text = " ".join(state_result(StudyResults("t", "", "", scores=(*plain, *letters))))
    assert (
        "lowest mean absolute errors: energy 2.0000 meV (1.9900 to 2.0100), not told apart" in text
    )
    assert "from B (2.1000)." in text
    assert "committee" not in text


def test_untested_models_have_the_interval_that_holds_the_noise_of_the_reference() -> None:
    # Two replicas of the reference: no letters, and wide means over molecules.
    values = {"A": 0.80, "B": 0.70}
    scores = [
        replace(single(m, v, "water"), low=v - 0.01, high=v + 0.01) for m, v in values.items()
    ]
    wide = [replace(mean(m, v, ""), group=None, low=-0.1, high=1.0, n=1) for m, v in values.items()]
    text = " ".join(state_result(StudyResults("t", "", "", scores=(*scores, *wide))))
    assert (
        "A has the highest mean Pearson correlation with the infrared spectra of PBE, 0.8" in text
    )
    assert "(−0.10 to 1.00)" in text
    assert "was not tested" in text
