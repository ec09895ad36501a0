"""Studies side by side: what was measured alike is compared, the rest is refused with a reason."""

import csv
import json
import runpy
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from vibench.core.errors import InputError
from vibench.report.protocols import Protocol, protocol_of
from vibench.report.results import TaskSummary
from vibench.report.studies import compare_studies, refusal_lines
from vibench.report.study_page import comparison_object, render_comparison, write_study_comparison
from vibench.report.study_tables import study_tables
from vibench.report.summaries import parse_summary
from vibench.report.write import summary_json

STUDY = runpy.run_path(str(Path(__file__).with_name("synthetic_study.py")))
REFERENCE = "GFN2-xTB"


def protocols(**changes):
    settings = {"reference": {"kind": "gfn2"}, "compare": {"width_cm1": 10.0}} | changes
    return (
        Protocol("errors", {"test data": {"all": "1234"}}, dataset="test"),
        *(Protocol("spectra", settings, name, REFERENCE) for name in ("methanol", "formaldehyde")),
    )


def summary(title, models, protocols, shift=0.0, **changes):
    """Return the summary of a study with the invented scores of *models*, renamed and shifted."""
    study = STUDY["build_study"]()
    scores = tuple(
        replace(score, model=models[score.model], value=score.value + shift)
        for score in study.scores
        if score.model in models
    )
    results = replace(study, title=title, scores=scores, protocols=protocols, **changes)
    return parse_summary(summary_json(results), title)


@pytest.fixture(scope="module")
def first():
    """A study of one model."""
    return summary("First", {"PaiNN": "PaiNN"}, protocols())


def second(found, **changes):
    return summary("Second", {"SchNet": "SO3net"}, found, shift=0.01, **changes)


def test_a_summary_tells_how_its_scores_were_measured(first):
    keys = {protocol.key for protocol in protocols()}
    assert set(first.protocols) == keys
    assert {key for key in first.protocol_of_row if key is not None} == keys
    for score, key in zip(first.scores, first.protocol_of_row, strict=True):
        found = protocol_of(score, protocols())
        assert key == (None if found is None else found.key)


def test_scores_measured_alike_stand_side_by_side(first):
    comparison = compare_studies([first, second(protocols())])
    assert {entry.source for entry in comparison.entries} == {
        ("First", "PaiNN"),
        ("Second", "SO3net"),
    }
    overview = study_tables(comparison)[0]
    assert [row[:2] for row in overview.rows] == [("First", "PaiNN"), ("Second", "SO3net")]
    place = [column.title for column in overview.columns].index("Pearson correlation")
    means = {row[1]: row[place].value for row in overview.rows}
    spectra = [
        entry.score
        for entry in comparison.entries
        if entry.score.name == "Pearson correlation" and entry.protocol.family == "spectra"
    ]
    for model, mean in means.items():
        values = [score.value for score in spectra if score.model == model]
        assert mean == pytest.approx(sum(values) / len(values))


def test_other_settings_are_refused_with_both_values(first):
    other = protocols(compare={"width_cm1": 20.0})
    comparison = compare_studies([first, second(other)])
    assert {entry.protocol.family for entry in comparison.entries} == {"errors"}
    (spectra,) = [one for one in comparison.refusals if one.what.startswith("spectra, methanol")]
    assert spectra.study == "First"  # and not once more the other way round
    assert spectra.reason.startswith("measured differently in 'Second' → here: ")
    assert "width_cm1: 20.0 → 10" in spectra.reason
    lines = "\n".join(refusal_lines(comparison.refusals))
    assert "methanol" in lines
    assert "formaldehyde" in lines


def test_what_only_one_study_has_is_said(first):
    comparison = compare_studies([first, second(protocols()[:2])])
    (refusal,) = [one for one in comparison.refusals if "formaldehyde" in one.what]
    assert (refusal.study, refusal.reason) == ("First", "no other study has it")


def test_nothing_comparable_is_an_error_with_reasons(first):
    other = (Protocol("spectra", {"reference": {"kind": "pyscf"}}, "methanol", REFERENCE),)
    with pytest.raises(InputError, match=r"nothing is comparable(.|\n)*pyscf") as error:
        compare_studies([first, second(other)])
    assert str(error.value).count("pyscf") == 1
    with pytest.raises(InputError, match="two or more"):
        compare_studies([first])


def test_summaries_of_earlier_versions_are_named_and_not_compared(first):
    text = json.loads(summary_json(STUDY["build_study"]()))
    del text["protocols"]
    for row in text["scores"]:
        del row["protocol"]
    old = parse_summary(json.dumps(text), "old")
    assert old.protocols is None
    with pytest.raises(InputError, match="an earlier version wrote it"):
        compare_studies([first, old])
    comparison = compare_studies([first, old, second(protocols())])
    assert "write the report anew" in comparison.refusals[0].reason
    assert {entry.study for entry in comparison.entries} == {"First", "Second"}


def test_an_incomplete_study_is_named(first):
    tasks = (TaskSummary("train", "", "failed", ""), *STUDY["build_study"]().tasks)
    comparison = compare_studies([first, second(protocols(), tasks=tasks)])
    assert comparison.refusals[0].what == f"1 of {len(tasks)} results"
    assert "not finished" in comparison.refusals[0].reason


def test_studies_of_one_title_are_told_apart(first):
    twin = replace(second(protocols()), study="First")
    assert compare_studies([first, twin]).studies == ("First (1)", "First (2)")


def test_files_hold_what_was_compared_and_pages_are_safe(first, tmp_path):
    evil = "<img src=x onerror=alert(1)></script>"
    study = replace(second(protocols()[:2]), study=evil)
    comparison = compare_studies([first, study])
    page = write_study_comparison(comparison, tmp_path / "out")
    text = page.read_text(encoding="utf-8")
    assert text == render_comparison(comparison)
    assert "<img" not in text
    assert "https://" not in text
    assert text.count("</script>") == text.count("<script") == 2
    content = json.loads((tmp_path / "out/comparison.json").read_text(encoding="utf-8"))
    assert content == json.loads(json.dumps(comparison_object(comparison)))
    assert len(content["scores"]) == len(comparison.entries)
    assert content["not_compared"] == [asdict(one) for one in comparison.refusals]
    assert {row["protocol"] for row in content["scores"]} == content["protocols"].keys()
    with (tmp_path / "out/tables/overview.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["model"] for row in rows} == {"PaiNN", "SO3net"}
    assert any(name.endswith("low") for name in rows[0])
    latex = (tmp_path / "out/tables/overview.tex").read_text(encoding="utf-8")
    assert "SO3net" in latex


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "expected a JSON object"),
        ("nothing", "not valid JSON"),
        ('{"schema": 9, "study": "x", "tasks": [], "scores": []}', "schema 9"),
        ('{"schema": 1, "study": "x", "tasks": [{}], "scores": []}', "no key"),
        (
            '{"schema": 1, "study": "x", "tasks": [], "scores": [{"value": 1}]}',
            "score 1: .*missing .* 'name'",
        ),
    ],
)
def test_what_is_no_summary_is_refused(text, message):
    with pytest.raises(InputError, match=message):
        parse_summary(text, "summary.json")
