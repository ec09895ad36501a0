"""The verb that examines the machine."""

import json

from tests.cli.program import vibench


def test_every_check_is_one_line_and_nothing_is_left_behind(tmp_path):
    lines = vibench("doctor", "--device", "cpu", cwd=tmp_path).splitlines()
    assert lines[-1] == "Studies run here."
    assert {line.split()[0] for line in lines[:-1]} <= {"ok", "info", "warning"}
    assert {"Python", "packages", "GFN2-xTB", "locks"} <= {line.split()[1] for line in lines[:-1]}
    assert not list(tmp_path.iterdir())


def test_a_fault_ends_with_exit_code_one(tmp_path):
    (tmp_path / "file").write_text("")
    vibench("doctor", "--runs", "file/runs", "--device", "cpu", cwd=tmp_path, code=1)


def test_json(tmp_path):
    content = json.loads(vibench("doctor", "--json", "--device", "cpu", cwd=tmp_path))
    assert content["faults"] == 0
    assert {"name", "status", "found", "advice"} == set(content["checks"][0])
    warnings = [one for one in content["checks"] if one["status"] == "warning"]
    assert content["warnings"] == len(warnings)
