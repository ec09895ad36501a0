"""Finished studies handed on: export, verify and compare-studies in the terminal."""

import json
import shutil

import pytest

from tests.cli.program import vibench
from tests.pipeline.finished_study import STUDY, run

PLACES = ("first", "second", "sharper")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three studies: two of one protocol, one that compares spectra at another width."""
    folder = tmp_path_factory.mktemp("studies")
    first = STUDY.format(temperature=300.0, given="GFN1")
    second = STUDY.format(temperature=300.0, given="coarse").replace(
        'method = "GFN1-xTB"', "accuracy = 10.0"
    )
    third = first.replace("700.0", "600.0")
    for name, text in zip(PLACES, (first, second, third), strict=True):
        run(folder, text.replace("to be checked", name), name)
    return folder


@pytest.fixture(scope="module")
def archive(folder):
    """The export of the first study."""
    said = json.loads(vibench("export", "first.toml", "--json", cwd=folder))
    assert said["path"] == "first.zip"
    assert said["size_bytes"] == (folder / "first.zip").stat().st_size
    return folder / "first.zip"


def test_an_export_is_verified(folder, archive):
    text = vibench("verify", archive.name, "--workers", "1", cwd=folder)
    assert "all agree" in text
    assert "fundamentals: 2, made from trajectories.h5, not at hand" in text
    assert "dynamics: 3, takes too long" in text


def test_a_tampered_export_ends_with_3_and_names_the_value(archive, tmp_path):
    shutil.unpack_archive(archive, tmp_path / "out")
    path = tmp_path / "out/report/summary.json"
    path.write_text(path.read_text().replace('"n": ', '"n": 1'))
    said = vibench("verify", "out", "--workers", "1", cwd=tmp_path, code=3)
    assert "differ from what was recorded" in said


def test_what_is_no_archive_ends_with_2(tmp_path):
    (tmp_path / "x.zip").write_text("none")
    assert "no archive of vibench" in vibench("verify", "x.zip", cwd=tmp_path, code=2)


def test_studies_are_compared_as_far_as_they_were_measured_alike(folder, archive):
    reports = [f"runs/reports/{name}" for name in PLACES[1:]]
    text = vibench("compare-studies", archive.name, *reports, "-o", "out", cwd=folder)
    for word in (
        "GFN1",
        "coarse",
        "Water first",
        "Water second",
        "Not compared",
        "width_cm1: 700.0 → 600.0",
    ):
        assert word in text
    assert (folder / "out/comparison.html").is_file()
    content = json.loads((folder / "out/comparison.json").read_text())
    spectra = [row for row in content["scores"] if row["name"] == "Pearson correlation"]
    assert {row["study"] for row in spectra} == {"Water first", "Water second"}
    # Errors do not depend on how spectra are compared.
    others = [row for row in content["scores"] if row["name"] == "energy MAE"]
    assert {row["study"] for row in others} == {"Water first", "Water second", "Water sharper"}
