"""What a report warns of: many notes of one kind are one warning."""

from pathlib import Path

import pytest

from vibench.core.record import Identity, RunRecord
from vibench.pipeline.stages.convergence import NOT_MIXED, TOO_SHORT
from vibench.pipeline.study import read_study
from vibench.pipeline.warnings import gathered_warnings
from vibench.store.artefacts import Artefact

STUDY = """
title = "one"
[data]
molecules = ["water"]
[reference]
kind = "gfn2"
"""


@pytest.fixture
def study(tmp_path):
    (tmp_path / "study.toml").write_text(STUDY)
    return read_study(tmp_path / "study.toml", measured={})


def warnings(study, notes):
    """Return the warnings of results that said *notes*, by name."""
    artefacts = {
        name: Artefact(
            Path("nowhere"), RunRecord(Identity("spectra", {}), {"outcome": {"text": text}}), {}
        )
        for name, text in notes.items()
    }
    return list(gathered_warnings(study, artefacts))


def test_short_replicas_are_not_said_to_disagree(study):
    notes = {f"spectra · A · {n}": f"{TOO_SHORT} of band areas: it needs 4" for n in range(5)}
    notes |= {f"spectra · B · {n}": f"{NOT_MIXED}: 1.3 of the band area" for n in range(4)}
    notes["spectra · C · 1"] = ""
    differ, short = warnings(study, notes)
    assert "above 1.1" in differ
    assert "in 4 of 10 spectra, for instance spectra · B · 0" in differ
    assert "too short to tell" in short
    assert "in 5 of 10 spectra, for instance spectra · A · 0" in short


def test_few_notes_are_told_one_by_one(study):
    found = warnings(study, {"spectra · A · 1": f"{TOO_SHORT} of band areas", "train · A": "slow"})
    assert found == [f"spectra · A · 1: {TOO_SHORT} of band areas", "train · A: slow"]
