"""Fixtures shared by all tests."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real reference data, named by the environment variable VIBENCH_TEST_DATA."""
    folder = os.environ.get("VIBENCH_TEST_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("set VIBENCH_TEST_DATA to the folder of reference data to run this test")
    return Path(folder)
