"""A finished study is packed, and what is packed is checked and made again."""

import json
import re
import shutil
import zipfile
from contextlib import suppress
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from random import Random

import h5py
import pytest

from tests.pipeline.finished_study import (
    LEARNED,
    MEASURED,
    ROBUST,
    STUDY,
    run,
    write_measured,
)
from validation.fuzzing.mutations import change_json
from vibench.core.errors import InputError, VibenchError
from vibench.experiment.measurement import read_measurement
from vibench.experiment.recipe import MeasuredRecipe
from vibench.pipeline.executors import InProcess
from vibench.pipeline.exporting import export_study
from vibench.pipeline.run import report_study
from vibench.pipeline.study import read_study
from vibench.pipeline.verification import verify_archive, verify_study
from vibench.store.archive import MANIFEST

LIMIT = 2**30


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder of a finished study."""
    folder = tmp_path_factory.mktemp("finished")
    write_measured(folder)
    text = STUDY.format(temperature=300.0, given="GFN1") + LEARNED + ROBUST + MEASURED
    run(folder, text)
    return folder


@pytest.fixture(scope="module")
def study(folder):
    """The study."""
    return read_study(folder / "study.toml", measured={})


def export(study, folder, path, **options):
    places = {"runs": folder / "runs", "report": folder / "runs/reports/study"} | options
    return export_study(study, path=path, **places)


@pytest.fixture(scope="module")
def archive(study, folder):
    """Its export, which has no models and no structures."""
    return export(study, folder, folder / "study.zip").path


def verify(path):
    return verify_archive(path, InProcess(), largest_bytes=LIMIT, spectator=lambda _: None)


@pytest.fixture(scope="module")
def verification(archive):
    """What comes of checking it."""
    return verify(archive)


@pytest.fixture
def unpacked(archive, tmp_path):
    """The export in a folder, to be tampered with."""
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(tmp_path / "out")
    return tmp_path / "out"


def test_an_export_holds_what_scores_are_made_from_and_nothing_large(archive, study):
    with zipfile.ZipFile(archive) as opened:
        names = set(opened.namelist())
        manifest = json.loads(opened.read(MANIFEST))
        settings = opened.read("study.toml").decode()
        for name, about in manifest["members"].items():
            content = opened.read(name)
            assert (len(content), sha256(content).hexdigest()) == (about["bytes"], about["sha256"])
    assert names == {*manifest["members"], MANIFEST}
    assert {"report/report.html", "report/summary.json"} <= names
    kinds = {Path(name).name for name in names}
    assert {"record.json", "scores.json", "modes.h5", "spectrum-300K.h5", "measured.h5"} <= kinds
    assert not kinds & {"trajectories.h5", "dataset.h5", "model.safetensors"}
    assert any(re.fullmatch(r"report/spectra/.*\.jdx", name) for name in names)
    left_out = {Path(one["name"]).name for one in manifest["left_out"]}
    assert left_out == {"trajectories.h5", "dataset.h5", "model.safetensors"}
    assert (manifest["kind"], manifest["schema"]) == ("vibench export", 1)
    assert {"vibench", "numpy"} <= manifest["versions"].keys()
    # The study file has the defaults filled in.
    assert "[spectra]" in settings
    assert "derivative" in settings
    assert study.title in settings


def test_equal_studies_give_equal_bytes(archive, study, folder, tmp_path):
    again = export(study, folder, tmp_path / "again.zip")
    assert again.path.read_bytes() == archive.read_bytes()
    assert again.sha256 == sha256(archive.read_bytes()).hexdigest()
    assert again.left_out_bytes > 0


def test_nothing_is_replaced_without_force(study, folder, tmp_path):
    path = tmp_path / "study.zip"
    path.write_text("mine")
    with pytest.raises(InputError, match="add --force"):
        export(study, folder, path)
    assert path.read_text() == "mine"
    assert export(study, folder, path, force=True).members > 20
    assert [one.name for one in tmp_path.iterdir()] == ["study.zip"]


def test_an_unfinished_study_is_not_exported(study, folder, tmp_path):
    runs = tmp_path / "runs"
    shutil.copytree(folder / "runs", runs, ignore=shutil.ignore_patterns("ranking"))
    with pytest.raises(InputError, match=r"results are missing \(ranking.*run the study first"):
        export(study, folder, tmp_path / "x.zip", runs=runs)
    report_study(study, runs=runs, output=tmp_path / "report", incomplete=True)
    with pytest.raises(InputError, match="is of other results than those of the study"):
        export(study, folder, tmp_path / "x.zip", report=tmp_path / "report")
    with pytest.raises(InputError, match="no report in"):
        export(study, folder, tmp_path / "x.zip", report=tmp_path / "none")
    assert not (tmp_path / "x.zip").exists()


def test_jcamp_files_are_those_of_the_csv_files(unpacked):
    paths = sorted((unpacked / "report/spectra").glob("*.jdx"))
    assert len(paths) == len(list((unpacked / "report/spectra").glob("*.csv")))
    for path in paths:
        found = read_measurement(MeasuredRecipe(path=path, baseline="none")).spectrum
        rows = path.with_suffix(".csv").read_text().splitlines()
        assert max(len(line) for line in path.read_text().splitlines()) <= 80
        assert len(found.wavenumber_cm1) <= len(rows)
        assert found.intensity.max() > 0


def test_a_true_export_agrees(verification):
    assert verification.agrees
    assert verification.faults == verification.deviations == ()
    assert verification.summary_scores > 20
    stages = {one.stage: one for one in verification.stages}
    for name in ("compare", "ranking", "frequencies"):
        assert stages[name].recomputed == stages[name].results > 0
        assert stages[name].equal > 0
        assert not stages[name].reasons
    # Fundamentals are made again from the bands, as trajectories are not there.
    assert stages["fundamentals"].equal > 0
    for name in ("drift", "spectra"):
        (reason,) = stages[name].reasons
        assert "trajectories.h5, not at hand" in reason
    assert list(stages["measured"].reasons) == ["made from a file that is not at hand (measured)"]
    assert list(stages["dynamics"].reasons) == ["takes too long"]
    assert list(stages["dataset"].reasons) == ["holds no scores"]


def test_a_folder_agrees_as_its_archive_does(unpacked, verification):
    assert asdict(verify(unpacked)) == asdict(verification)


def test_with_models_and_structures_errors_are_made_again(study, folder, tmp_path):
    path = export(study, folder, tmp_path / "x.zip", with_weights=True, with_data=True).path
    found = verify(path)
    assert found.agrees, found
    (evaluate,) = [one for one in found.stages if one.stage == "evaluate"]
    assert evaluate.recomputed >= 1
    assert evaluate.equal > 10
    assert sum(evaluate.reasons.values()) == evaluate.results - evaluate.recomputed


def test_the_store_of_a_study_is_checked_with_its_trajectories(study, folder):
    found = verify_study(
        study,
        InProcess(),
        runs=folder / "runs",
        report=folder / "runs/reports/study",
        spectator=lambda _: None,
    )
    assert found.agrees, found
    stages = {one.stage: one for one in found.stages}
    for name in ("drift", "spectra", "fundamentals", "measured"):
        assert stages[name].recomputed == stages[name].results > 0
    assert stages["drift"].equal > 0


def test_a_flipped_byte_is_named(unpacked):
    path = next(unpacked.glob("runs/spectra/*/spectrum-300K.h5"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    found = verify(unpacked)
    assert not found.agrees
    assert path.relative_to(unpacked).as_posix() in [fault.place for fault in found.faults]
    assert any("another checksum" in fault.found for fault in found.faults)


def with_true_checksums(folder):
    """Make checksums of records and the manifest fit, as somebody who cheats would."""
    manifest = json.loads((folder / MANIFEST).read_text())
    for record in folder.glob("runs/*/*/record.json"):
        content = json.loads(record.read_text())
        for name in content["files"]:
            if (record.parent / name).is_file():
                found = sha256((record.parent / name).read_bytes()).hexdigest()
                content["files"][name] = found
        record.write_text(json.dumps(content, indent=1) + "\n")
    for name, about in manifest["members"].items():
        content = (folder / name).read_bytes()
        about |= {"bytes": len(content), "sha256": sha256(content).hexdigest()}
    (folder / MANIFEST).write_text(json.dumps(manifest))


def change_score(path, name):
    content = json.loads(path.read_text())
    (score, *_) = [one for one in content["scores"] if one["name"] == name]
    score["value"] += 0.01
    path.write_text(json.dumps(content))
    return score["value"]


def test_a_changed_score_does_not_come_out_again(unpacked):
    path = next(unpacked.glob("runs/compare/*/scores.json"))
    wrong = change_score(path, "Pearson correlation")
    with_true_checksums(unpacked)
    found = verify(unpacked)
    (deviation,) = [one for one in found.deviations if one.what.startswith("compare")]
    assert "Pearson correlation" in deviation.what
    assert float(deviation.recorded) == pytest.approx(wrong, rel=1e-7)
    assert float(deviation.found) == pytest.approx(wrong - 0.01, rel=1e-7)


def test_a_changed_summary_is_not_what_the_records_say(unpacked):
    change_score(unpacked / "report/summary.json", "energy MAE")
    with_true_checksums(unpacked)
    found = verify(unpacked)
    assert not found.faults
    (deviation,) = found.deviations
    assert "energy MAE" in deviation.what


def test_a_result_of_other_inputs_is_named(unpacked):
    path = next(unpacked.glob("runs/vibrations/*/modes.h5"))
    path.write_bytes(path.read_bytes() + b"\0")
    with_true_checksums(unpacked)
    assert any("made from another vibrations" in fault.found for fault in verify(unpacked).faults)


def test_records_cannot_name_files_outside(unpacked):
    path = next(unpacked.glob("runs/compare/*/record.json"))
    content = json.loads(path.read_text())
    content["files"]["../../../../secret.h5"] = "0" * 64
    path.write_text(json.dumps(content))
    with_true_checksums(unpacked)
    assert any("could lead out" in fault.found for fault in verify(unpacked).faults)


def test_the_list_of_tasks_is_checked(unpacked):
    manifest = json.loads((unpacked / MANIFEST).read_text())
    manifest["tasks"][0]["key"] = "../../../../../.."
    (unpacked / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(InputError, match="list of tasks"):
        verify(unpacked)


def test_hdf5_that_leads_elsewhere_is_named_and_not_read(unpacked):
    path = next(unpacked.glob("runs/vibrations/*/modes.h5"))
    with h5py.File(path, "r+") as file:
        del file["0"]
        file["0"] = h5py.ExternalLink("/etc/passwd", "/")
    with_true_checksums(unpacked)
    found = verify(unpacked)
    place = path.relative_to(unpacked).as_posix()
    (fault,) = [one for one in found.faults if one.place == place]
    assert "a link to elsewhere" in fault.found
    assert any("which is missing" in one.found for one in found.faults)


def test_settings_of_no_version_are_not_tried(unpacked):
    path = next(unpacked.glob("runs/compare/*/record.json"))
    content = json.loads(path.read_text())
    content["identity"]["recipe"] = {"nothing": "known"}
    path.write_text(json.dumps(content))
    with_true_checksums(unpacked)
    assert not verify(unpacked).agrees


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_whatever_an_export_says_is_a_fault_or_refused(unpacked, seed):
    rng = Random(seed)
    paths = sorted(unpacked.rglob("*.json"))
    for path in rng.sample(paths, 4):
        path.write_bytes(change_json(path.read_bytes(), rng))
    with suppress(
        KeyError, TypeError, AttributeError, ValueError
    ):  # of the helper, where a record is no record
        with_true_checksums(unpacked)
    try:
        assert not verify(unpacked).agrees
    except VibenchError:
        return
