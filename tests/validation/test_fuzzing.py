"""A short fuzz of every reader; docs/design/security.md has the long one."""

import json
import warnings
from random import Random

import pytest

from validation.fuzzing.__main__ import fuzz, main, with_files
from validation.fuzzing.campaign import Reader, Reading, Summary, input_file, outcome_of
from validation.fuzzing.mutations import GENERIC, damaged
from validation.fuzzing.readers import READERS

SHORT = 120
MODULE = """
import os, time

def read(path):
    content = path.read_bytes()
    if content == b"crash":
        os.abort()
    if content == b"hang":
        time.sleep(60)
    if content == b"error":
        raise KeyError("x")
    if content == b"memory":
        bytearray(2**36)

def seeds():
    return [b"good"]

def spoil(content, rng):
    return rng.choice([b"crash", b"hang", b"error", b"memory", b"good"])
"""


@pytest.mark.parametrize("name", [name for name, one in READERS.items() if not one.guarded])
def test_damaged_files_are_accepted_or_refused(name, tmp_path):
    reader, seen = READERS[name], set()
    seeds, path = reader.seeds(), tmp_path / reader.file
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for index in range(SHORT):
            path.write_bytes(input_file(reader, seeds, index, seed=7))
            outcome, text = outcome_of(reader, path)
            assert outcome in {"accepted", "refused"}, (index, text)
            seen.add(outcome)
    assert "accepted" in seen  # else nothing but the first check of a reader was tried


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, one in READERS.items() if one.guarded])
def test_binary_files_are_read_by_a_child(name):
    summary = fuzz(READERS[name], SHORT, seed=7, seconds=5.0)
    assert summary.inputs == SHORT
    assert summary.findings == 0, summary.kinds
    assert summary.accepted > 0
    assert summary.refused > SHORT / 2


def test_what_users_must_never_see_is_found(tmp_path, monkeypatch):
    (tmp_path / "reader_with_faults.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    import reader_with_faults as module

    reader = Reader("faulty", "x", module.read, module.seeds, (module.spoil,))
    bad = {b"crash", b"hang", b"error", b"memory"}
    count, seed = 8, 0
    while not {input_file(reader, [b"good"], index, seed) for index in range(count)} >= bad:
        seed += 1
    summary = fuzz(reader, count, seed=seed, seconds=1.5, keep=tmp_path / "kept")
    kinds = {kind.split(":")[0] for kind in summary.kinds}
    assert kinds == {"crash", "hang", "error", "out of memory"}
    assert summary.inputs == count == summary.accepted + summary.refused + summary.findings
    kept = sorted((tmp_path / "kept" / "faulty").iterdir())
    assert len(kept) == summary.findings
    assert all((folder / "x").is_file() and (folder / "finding.txt").is_file() for folder in kept)


def test_limits_of_a_guarded_reader_are_no_findings():
    summary = Summary("x")
    for outcome in ("accepted", "refused", "hang", "crash", "out of memory", "error"):
        summary.add(Reading(0, outcome), guarded=True)
    assert (summary.accepted, summary.refused, summary.stopped, summary.findings) == (1, 1, 3, 1)


def test_damage_is_a_function_of_its_seed():
    reader = READERS["measured jcamp"]
    seeds = reader.seeds()
    first = [input_file(reader, seeds, index, seed=0) for index in range(50)]
    assert first == [input_file(reader, seeds, index, seed=0) for index in range(50)]
    assert first != [input_file(reader, seeds, index, seed=1) for index in range(50)]
    assert len(set(first)) > 40
    for way in GENERIC:
        way(b"", Random(0))
    assert damaged(b"", (), Random(0)) is not None


def test_command_prints_a_table_and_writes_json(tmp_path, capsys):
    path = tmp_path / "rows.json"
    assert main(["progress", "--inputs", "20", "--json", str(path)]) == 0
    header, row = capsys.readouterr().out.splitlines()
    assert header.split() == ["reader", "inputs", "accepted", "refused", "stopped", "findings",
                              "slowest_ms", "memory_mib"]  # fmt: skip
    assert row.split()[:3] == ["progress", "20", "20"]
    content = json.loads(path.read_text())
    assert content["readers"][0]["inputs"] == 20
    assert "h5py" in content["versions"]
    with pytest.raises(SystemExit):
        main(["no such reader"])


def test_real_files_may_be_added(tmp_path):
    place = tmp_path / "measured-jcamp"
    place.mkdir()
    (place / "real.jdx").write_bytes(b"real")
    reader = READERS["measured jcamp"]
    assert [*with_files(reader, tmp_path).seeds()] == [*reader.seeds(), b"real"]
    assert with_files(READERS["hdf5"], tmp_path) is READERS["hdf5"]
