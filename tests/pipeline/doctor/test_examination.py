"""The examination goes on whatever a check does."""

import pytest

from vibench.core.errors import InputError
from vibench.pipeline.doctor.examination import examine, outcome


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (InputError("the message"), "the message"),
        (OSError("libcuda.so: cannot open"), "OSError: libcuda.so: cannot open"),
        (ModuleNotFoundError("No module named 'torch'"), "ModuleNotFoundError: No module"),
    ],
)
def test_a_check_that_fails_has_found_a_fault(error, text):
    def check():
        raise error

    finding = outcome(check)
    assert finding.status == "fault"
    assert finding.found.startswith(text)


def test_a_sound_machine_has_no_faults_and_its_folder_is_left_as_it_was(tmp_path):
    found = dict(examine(tmp_path, "cpu"))
    assert not [finding for finding in found.values() if finding.status == "fault"]
    assert list(found)[-6:] == ["results", "space", "files", "locks", "clock", "names"]
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_to_is_a_fault(tmp_path):
    (tmp_path / "file").write_text("")
    found = dict(examine(tmp_path / "file/runs", "cpu"))
    assert found["results"].status == "fault"
    assert "--runs" in found["results"].advice
    assert "locks" not in found
