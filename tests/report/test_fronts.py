"""Error against cost: constructed models of which it is known who is on the front."""

import runpy
from dataclasses import replace
from pathlib import Path

import pytest

from vibench.core.score import Score
from vibench.report.benchmark_figures import front_figure
from vibench.report.costs import training_hours
from vibench.report.fronts import Front, front_table, fronts
from vibench.report.palette import assign_styles
from vibench.report.results import Cost, StudyResults
from vibench.report.scores import INFERENCE_SCORE

STUDY = runpy.run_path(str(Path(__file__).with_name("synthetic_study.py")))


def score(name: str, model: str, value: float, half: float) -> Score:
    """Return an error or a time with an interval."""
    return Score(
        name=name,
        value=value,
        unit="meV/Å",
        higher_is_better=False,
        n=9,
        low=value - half,
        high=value + half,
        model=model,
        dataset="test",
    )


def made(points: dict[str, tuple[float, float]], half: float = 0.0) -> Front:
    """Return the front of force errors against prediction times."""
    scores = [
        one
        for model, (time, error) in points.items()
        for one in (
            score("force MAE", model, error, half),
            score(INFERENCE_SCORE, model, time, half),
        )
    ]
    (found,) = fronts(StudyResults("t", "", "", scores=tuple(scores)))
    return found


POINTS = {"good": (5.0, 2.0), "cheap": (1.0, 9.0), "bad": (6.0, 9.5), "near": (5.1, 2.1)}


def test_the_front_is_known_without_noise() -> None:
    front = made(POINTS)
    assert [point.model for point in front.points] == ["cheap", "good", "near", "bad"]
    assert {point.model for point in front.points if not point.beaten_by} == {"cheap", "good"}


def test_within_noise_nobody_is_beaten() -> None:
    front = made(POINTS, half=0.3)
    verdicts = {point.model: point.beaten_beyond_noise for point in front.points}
    assert verdicts["near"] == ()
    assert verdicts["bad"] == ("cheap", "good", "near")


def test_letters_decide_where_they_are() -> None:
    study: StudyResults = STUDY["build_study"]()
    means = [
        replace(
            study.scores[0],
            name="Pearson correlation, mean over molecules",
            model=model,
            molecule=None,
            dataset=None,
            temperature_k=300.0,
            group=letters,
        )
        for model, letters in (("PaiNN", "a"), ("SchNet", "a"))
    ]
    dear = replace(study.costs[2], hours=0.25)  # SchNet, worse, is now also dearer to train
    results = replace(study, costs=(*study.costs[:2], dear), scores=(*study.scores, *means))
    found = {(one.error, one.cost): one for one in fronts(results)}
    schnet = found["Pearson correlation", "training"].points[-1]
    assert schnet.model == "SchNet"
    assert schnet.beaten_by == ("PaiNN",)
    # The letters say that errors are alike; training hours have no interval, and differ.
    assert schnet.beaten_beyond_noise == ("PaiNN",)
    table = front_table(results)
    assert "beaten by PaiNN" in {row[-1] for row in table.rows}


def test_training_hours_are_those_of_one_seed() -> None:
    study: StudyResults = STUDY["build_study"]()
    costs = tuple(
        Cost("train", "PaiNN", hours, 3600.0, None, device=device)
        for hours, device in ((1.0, "cpu"), (3.0, "cpu"), (1.0, "cuda"))
    )
    members = {
        "PaiNN": tuple(replace(study.scores[0], model=f"PaiNN, seed {seed}") for seed in range(2))
    }
    results = replace(study, costs=costs, member_scores=members)
    assert training_hours(results, "PaiNN", "cpu") == pytest.approx(2 * 2.0 / 2)
    assert training_hours(results, "PaiNN", "cuda") == pytest.approx(1.0 / 2)
    assert training_hours(results, "SchNet", "cpu") is None


def test_the_figure_fills_those_on_the_front() -> None:
    styles = assign_styles(dict.fromkeys(POINTS, "model"))
    (axes,) = front_figure([made(POINTS)], styles).axes
    filled = {
        container.get_label(): container.lines[0].get_markerfacecolor() != "none"
        for container in axes.containers
    }
    assert filled == {"cheap": True, "good": True, "near": False, "bad": False}


def test_a_model_has_one_marker_in_all_plots_and_the_legend_names_all() -> None:
    first = made(POINTS)
    second = replace(made({"fast": (0.5, 9.0), **POINTS}), cost="training")
    styles = assign_styles(dict.fromkeys([*POINTS, "fast"], "model"))
    figure = front_figure([first, second], styles)
    markers = {
        (container.get_label(), container.lines[0].get_marker())
        for axes in figure.axes
        for container in axes.containers
    }
    assert len(markers) == len({marker for _, marker in markers}) == 5
    (legend,) = figure.legends
    assert {text.get_text() for text in legend.get_texts()} == {*POINTS, "fast"}


def test_noise_of_the_reference_makes_nobody_worse() -> None:
    study: StudyResults = STUDY["build_study"]()
    wide = [
        replace(point.error, name="Pearson correlation, mean over molecules", low=-0.1, high=1.0)
        for one in fronts(study)
        if one.error == "Pearson correlation"
        for point in one.points
    ]
    with_means = fronts(replace(study, scores=(*study.scores, *wide)))
    found = {(one.error, one.cost): one for one in with_means}
    for point in found["Pearson correlation", "training"].points:
        assert (point.error.low, point.error.high) == (-0.1, 1.0)
