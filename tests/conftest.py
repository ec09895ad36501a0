"""Fixtures shared by all tests."""

import os
from pathlib import Path

import pytest

# One thread, set before any numerical library loads: sums over threads are not the same to the last
# bit from call to call, and small molecules are faster without.
for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real reference data, named by the environment variable VIBENCH_TEST_DATA."""
    folder = os.environ.get("VIBENCH_TEST_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("set VIBENCH_TEST_DATA to the folder of reference data to run this test")
    return Path(folder)
