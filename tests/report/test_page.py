"""The page: its size, its libraries, and studies with little in them."""

import hashlib
import re
import runpy
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest

from vibench.core.trajectory import Outcome
from vibench.report.page import render_page
from vibench.report.results import StudyResults

HERE = Path(__file__).parent
STUDY = runpy.run_path(str(HERE / "synthetic_study.py"))
LARGE = runpy.run_path(str(HERE / "large_study.py"))
MIB = 2**20
CHECKSUMS = {
    "3Dmol-min.js": "f7cc78921ae72e7623e89cdd111434f58c2efddd2ffda1cd212644b406fb8016",
    "plotly-cartesian.min.js": "79542150855a52c567260e3137095dbe2b744e6d702a5cabe67da246942fba7a",
}


@pytest.fixture(scope="module")
def study() -> StudyResults:
    result: StudyResults = STUDY["build_study"]()
    return result


def libraries(page: str) -> set[str]:
    """Return the names of the libraries inside *page*."""
    signs = {"plotly.js (cartesian": "plotly", "3Dmol.js incorporates code": "3Dmol"}
    return {name for sign, name in signs.items() if sign in page}


def test_a_study_of_twentyfour_molecules_stays_below_fifteen_mebibytes() -> None:
    large: StudyResults = LARGE["build_large_study"]()
    assert len({entry.molecule for entry in large.spectra}) == 24
    assert len({entry.source for entry in large.spectra if entry.role == "model"}) == 5
    page = render_page(large)
    assert page.count('<div class="case"') == 24 + 2 * 4
    assert 5 * MIB < len(page.encode()) < 15 * MIB


@pytest.mark.parametrize("name", CHECKSUMS)
def test_libraries_are_those_of_their_makers_and_named(name: str) -> None:
    folder = resources.files("vibench.report") / "vendor"
    content = (folder / name).read_bytes()
    assert hashlib.sha256(content).hexdigest() == CHECKSUMS[name]
    assert f"`{name}`" in (folder / "README.md").read_text(encoding="utf-8")
    licence = name.split("-", maxsplit=1)[0] + "-LICENSE.txt"
    assert "Copyright" in (folder / licence).read_text(encoding="utf-8")


def test_pages_carry_the_libraries_they_need_with_licences(study: StudyResults) -> None:
    assert libraries(render_page(study)) == {"plotly", "3Dmol"}
    assert libraries(render_page(replace(study, modes=()))) == {"plotly"}
    empty = StudyResults(title="Empty", description="", settings="")
    assert libraries(render_page(empty)) == set()


def test_nothing_on_the_page_may_load_or_run_from_elsewhere(study: StudyResults) -> None:
    page = render_page(study)
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "data: blob:"
    assert "connect-src" not in rules
    assert "unsafe-eval" not in policy
    assert "http" not in policy


def test_little_studies_have_a_page(study: StudyResults) -> None:
    reference = tuple(entry for entry in study.spectra if entry.role == "reference")
    failed = replace(study.modes[1].modes, outcome=Outcome("failed", "not converged"))
    little = {
        "no spectra": replace(study, spectra=()),
        "no modes": replace(study, modes=()),
        "no scores": replace(study, scores=()),
        "reference alone": replace(study, spectra=reference, modes=study.modes[:1], scores=()),
        "one model": STUDY["build_single_model_study"](),
        "failed relaxation": replace(study, modes=(replace(study.modes[1], modes=failed),)),
        "tables alone": replace(study, spectra=(), modes=(), training=(), structure_errors=()),
    }
    for name, one in little.items():
        page = render_page(one)
        assert ('id="spectrum"' in page) == bool(one.spectra or one.modes), name
        assert ('id="motion"' in page) == bool(one.modes), name


def test_user_text_is_escaped_in_choosers_maps_and_files(study: StudyResults) -> None:
    evil = "</script><img src=x onerror=alert(1)>&'\""
    other = evil + "2"

    def named(molecule: str | None) -> str | None:
        return {"methanol": evil, "ethanol": other}.get(str(molecule), molecule)

    page = render_page(
        replace(
            study,
            spectra=tuple(
                replace(one, molecule=named(one.molecule), source=evil) for one in study.spectra
            ),
            modes=tuple(
                replace(one, molecule=named(one.molecule), source=evil) for one in study.modes
            ),
            scores=tuple(
                replace(one, molecule=named(one.molecule), model=evil) for one in study.scores
            ),
        )
    )
    assert page.count("</script>") == page.count("<script") == 4
    assert "<img" not in re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
