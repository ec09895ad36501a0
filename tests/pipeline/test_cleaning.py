"""Cleaning keeps what a study uses, in every way it may be run, and takes the rest."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.pipeline.finished_study import STUDY, run, write_measured
from vibench.core.errors import InputError, TaskError
from vibench.pipeline.cleaning import clean_store, open_all_ways, survey_store
from vibench.pipeline.run import report_study
from vibench.store.sharing import in_use

FIRST, SECOND = (STUDY.format(temperature=t, given="given") for t in (300.0, 350.0))


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A folder in which two studies ran that differ in the temperature of their dynamics."""
    folder = tmp_path_factory.mktemp("cleaning")
    write_measured(folder)
    run(folder, FIRST, "first")
    run(folder, SECOND, "second")
    return folder


@pytest.fixture
def folder(finished, tmp_path):
    """A copy of its own for each test."""
    return Path(shutil.copytree(finished, tmp_path / "copy"))


def ways(folder, *names, **measured):
    return open_all_ways([folder / f"{name}.toml" for name in names], measured)


def survey(folder, *names, **options):
    return survey_store(folder / "runs", ways(folder, *names), **options)


def results(survey):
    return [one for one in survey.removable if one.entry.kind == "result"]


def stages(survey):
    return {one.entry.path.parent.name for one in results(survey)}


def test_without_studies_no_result_is_touched(folder):
    found = survey(folder)
    assert {one.entry.kind for one in found.removable} == {"lock file"}
    assert found.kept == len(list(folder.glob("runs/*/*/record.json")))


def test_what_all_studies_use_together_is_kept(folder):
    assert not results(survey(folder, "first", "second"))


def test_what_the_other_study_alone_has_used_goes_and_the_named_one_stays_whole(folder):
    found = survey(folder, "first")
    # Labels and minima are shared; what comes after the dynamics is not.
    assert {"dynamics", "spectra"} <= stages(found)
    assert not stages(found) & {"label", "vibrations", "dataset"}
    assert all(one.about.startswith(one.entry.path.parent.name) for one in results(found))
    gone = clean_store(folder / "runs", found.removable)
    assert gone == found.removable
    assert not [one for one in gone if one.entry.path.exists()]
    first, *_ = ways(folder, "first")
    report_study(first, runs=folder / "runs", output=folder / "again")
    second, *_ = ways(folder, "second")
    with pytest.raises(InputError, match="results are missing"):
        report_study(second, runs=folder / "runs", output=folder / "again")
    assert not survey(folder, "first").removable


def test_results_at_test_scale_belong_to_a_study_too(folder, monkeypatch):
    from vibench.pipeline import run as runs
    from vibench.pipeline.run import open_study

    small = open_study(folder / "first.toml", scale="test")
    monkeypatch.setattr(runs, "read_study", lambda *_, **__: small)
    run(folder, FIRST, "first")
    monkeypatch.undo()
    assert not results(survey(folder, "first", "second"))


def test_results_whose_origin_is_not_in_the_store_are_kept(folder):
    before = survey(folder, "first")
    # Without the minimum of the reference nothing that starts from it has a key.
    for record in folder.glob("runs/vibrations/*/record.json"):
        shutil.rmtree(record.parent)
    found = survey(folder, "first")
    assert "label" not in stages(found)
    assert {one.entry.path for one in results(found)} <= {one.entry.path for one in results(before)}


def test_measured_spectra_given_besides_count(folder):
    text = FIRST + '[measured.water]\npath = "water.jdx"\n'
    run(folder, text, "measured")
    assert "measured" in stages(survey(folder, "first", "second"))
    spectrum = {"water": folder / "water.jdx"}
    studies = ways(folder, "first", "second", **spectrum)
    assert not results(survey_store(folder / "runs", studies))
    with pytest.raises(InputError, match="Did you mean 'water'"):
        ways(folder, "first", watr=folder / "water.jdx")


def test_what_cannot_be_read_is_kept(folder):
    damaged, *others = results(survey(folder, "first"))
    (damaged.entry.path / "record.json").write_text("{")
    assert [one.entry for one in results(survey(folder, "first"))] == [one.entry for one in others]


def test_only_what_is_old_enough(folder):
    for path in folder.rglob("*"):
        os.utime(path, (time.time() - 3 * 86400,) * 2)
    young = folder / "runs/train/0123456789abcdef.partial"
    young.mkdir(parents=True)
    (young / "checkpoint").write_text("just now")
    found = survey(folder, "first", older_than_days=2)
    assert results(found)
    assert all(one.age_days == pytest.approx(3, abs=0.1) for one in found.removable)
    assert young not in {one.entry.path for one in found.removable}
    assert young in {one.entry.path for one in survey(folder).removable}


def test_nothing_is_deleted_while_the_store_is_in_use(folder):
    found = survey(folder, "first")
    with in_use(folder / "runs"), pytest.raises(TaskError, match="is using the store"):
        clean_store(folder / "runs", found.removable)
    assert all(one.entry.path.exists() for one in found.removable)


KILLED = """
import os, sys
from pathlib import Path
from vibench.pipeline import cleaning
root = Path(sys.argv[1])
studies = cleaning.open_all_ways([Path(sys.argv[2])], {})
cleaning.delete = lambda path: os.kill(os.getpid(), 9)
cleaning.clean_store(root, cleaning.survey_store(root, studies).removable)
"""


def test_a_killed_cleaning_is_finished_by_the_next_one(folder):
    before = len(results(survey(folder, "first")))
    arguments = [sys.executable, "-c", KILLED, folder / "runs", folder / "first.toml"]
    assert subprocess.run(arguments, check=False).returncode == -9
    found = survey(folder, "first")
    assert not results(found)
    assert [one.entry.kind for one in found.removable].count("remains") == before
    clean_store(folder / "runs", found.removable)
    left = [path for path in folder.glob("runs/*/*") if path.suffix in {".deleted", ".lock"}]
    assert not left
    report_study(ways(folder, "first")[0], runs=folder / "runs", output=folder / "again")


@pytest.mark.parametrize("name", ["nowhere", ".", "reports"])
def test_a_folder_that_is_no_store_is_refused(folder, name):
    with pytest.raises(InputError, match="is no store"):
        survey_store(folder / name)
