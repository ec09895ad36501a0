"""Why a file cannot be read, in plain words."""

import pytest

from vibench.core.errors import plain_reason


def reason(read):
    with pytest.raises((OSError, UnicodeDecodeError)) as caught:
        read()
    return plain_reason(caught.value)


def test_reasons_are_plain_words(tmp_path):
    assert reason((tmp_path / "none").read_text) == "there is no such file"
    assert reason(tmp_path.read_text) == "it is a folder, not a file"
    (tmp_path / "latin").write_bytes(b"caf\xe9")
    assert reason((tmp_path / "latin").read_text) == "it is not text in UTF-8 (byte 3)"
    (tmp_path / "file").write_text("")
    assert reason((tmp_path / "file" / "inside").read_text) == "not a directory"
    assert plain_reason(PermissionError(13, "Permission denied")) == "permission is denied"
    assert plain_reason(ValueError("three bytes too many")) == "three bytes too many"
