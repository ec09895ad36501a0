"""Benchmarks at the smallest size: that they run, compare equal things and write what they say."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import page
from benchmarks.__main__ import main
from benchmarks.rows import Row, row_of, with_ratios
from benchmarks.timing import interleaved

SIDES = ("machine", "inference", "training", "md", "memory", "shares", "size", "spectrum")
TINY = ["--size", "tiny", "--seconds", "0.02", "--molecule", "methanol", "--batch", "2"]

upstream = pytest.mark.filterwarnings("ignore")  # of the other codes about themselves


@pytest.fixture
def codes():
    pytest.importorskip("schnetpack")
    pytest.importorskip("mace")


def rows_of(path):
    return json.loads(path.read_text(encoding="utf-8"))["rows"]


def row(implementation, median_ms, upstream=None):
    place = {"case": "a", "architecture": "b", "molecule": "c", "batch": 2}
    place |= {"dtype": "float32", "threads": 1}
    times = [2 * median_ms] * 3
    return row_of(times, per=2, implementation=implementation, upstream=upstream, **place)


def test_ratios_are_to_the_code_that_is_named():
    rows = with_ratios([row("ours", 2.0, "theirs"), row("theirs", 6.0), row("other", 1.0)])
    assert [found.ratio for found in rows] == [3.0, None, None]
    assert rows[0].quartiles_ms == (2.0, 2.0)


def test_codes_take_turns():
    order = []
    calls = {name: lambda name=name: order.append(name) for name in "ab"}
    times = interleaved(calls, seconds=0.0, least=3)
    assert order == list("ab" * 4)
    assert [len(values) for values in times.values()] == [3, 3]


def test_size_and_spectrum(tmp_path, capsys):
    main(["size", "--tiny", "--json", str(tmp_path / "size.json")])
    main(["spectrum", "--tiny", "--json", str(tmp_path / "spectrum.json")])
    assert [found["atoms"] for found in rows_of(tmp_path / "size.json")] == [14, 32, 62]
    (found,) = rows_of(tmp_path / "spectrum.json")
    assert found["steps"] == 5000
    assert "architecture" in capsys.readouterr().out


@upstream
@pytest.mark.usefixtures("codes")
def test_all_benchmarks_and_their_page(tmp_path):
    for name in ("inference", "training", "md", "memory", "shares"):
        steps = ["--steps", "2"] if name == "md" else []
        one = ["--architecture", "schnet"] if name in {"memory", "shares"} else []
        main([name, *TINY, *steps, *one, "--json", str(tmp_path / f"{name}.json")])
    for name in ("size", "spectrum"):
        main([name, "--tiny", "--json", str(tmp_path / f"{name}.json")])
    inference = rows_of(tmp_path / "inference.json")
    assert len(inference) == 5 * 2 * 2
    assert {found["architecture"] for found in inference} == set(page.ARCHITECTURES)
    assert max(found["deviation"] for found in inference) < 1e-4
    written = tmp_path / "performance.md"
    written.write_text("".join(f"<!-- {name} -->\n<!-- /{name} -->\n" for name in SIDES))
    main(["page", str(tmp_path), str(written)])
    text = written.read_text(encoding="utf-8")
    assert "| SO3net |" in text
    assert "energy, forces, dipole: ms per molecule" in text
    assert (tmp_path / "performance.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_the_page_that_ships_is_that_of_the_records(tmp_path):
    top = Path(page.__file__).parent.parent
    shipped = top / "docs" / "performance.md"
    written = tmp_path / "performance.md"
    shutil.copy(shipped, written)
    main(["page", str(top / "benchmarks" / "records"), str(written)])
    assert written.read_text(encoding="utf-8") == shipped.read_text(encoding="utf-8")


def test_a_code_that_needs_no_memory(tmp_path):
    records = tmp_path / "records"
    shutil.copytree(Path(page.__file__).parent / "records", records)
    memory = json.loads((records / "memory.json").read_text(encoding="utf-8"))
    memory["rows"][0] |= {"growth_mib": 0.0, "ratio": None}
    (records / "memory.json").write_text(json.dumps(memory), encoding="utf-8")
    written = tmp_path / "performance.md"
    written.write_text("<!-- memory -->\n<!-- /memory -->\n")
    main(["page", str(records), str(written)])
    assert "| SchNet | 0 | 47 |" in written.read_text(encoding="utf-8")


@upstream
@pytest.mark.usefixtures("codes")
def test_symmetrix_has_the_same_model():
    contenders = pytest.importorskip("benchmarks.contenders")
    settings = contenders.settings("mace", "paper", dipole=False)
    recipe = settings.model_copy(update={"features": 16})
    pair = contenders.Pair(recipe, dtype=torch.float32)
    assert pair.known_to_symmetrix
    molecules = contenders.distorted("methanol", 3)
    expected = pair.native()(molecules).forces
    found = pair.symmetrix(molecules)()
    assert np.abs(found - expected).max() < 1e-4 * np.abs(expected).max()


def test_row_fields_are_those_of_the_table():
    assert {"median_ms", "quartiles_ms", "ratio", "threads"} <= set(Row.__dataclass_fields__)
