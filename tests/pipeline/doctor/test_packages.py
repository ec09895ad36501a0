"""Python and packages are compared with what is declared."""

import platform
from importlib.metadata import version

from vibench.pipeline.doctor.packages import check_extras, check_packages, check_python


def test_python():
    assert check_python().status == "ok"
    finding = check_python(">=99")
    assert finding.status == "fault"
    assert platform.python_version() in finding.found


def test_packages_in_their_ranges():
    finding = check_packages(["numpy>=2.0", "not-for-us; platform_system == 'Nowhere'"])
    assert finding.status == "ok"
    assert finding.found == f"all 1 in their ranges: numpy {version('numpy')}"


def test_missing_and_old_packages_are_named_with_what_to_install():
    finding = check_packages(["numpy>=999", "no-such-package>=1", "scipy>=1"])
    assert finding.status == "fault"
    assert f"numpy is {version('numpy')}, but >=999 is needed" in finding.found
    assert "no-such-package is missing" in finding.found
    assert finding.advice == "pip install 'numpy>=999' 'no-such-package>=1'"


def test_extras_that_are_not_installed_are_no_fault():
    extras = ["numpy>=2", "pytest>=8; extra == 'pyscf'", "no-such-package; extra == 'mace'"]
    finding = check_extras(extras)
    assert finding.status == "info"
    assert finding.found == "installed: pyscf; not installed: mace"


def test_an_extra_that_is_too_old_is_a_warning():
    finding = check_extras(["pytest>=999; extra == 'mace'"])
    assert finding.status == "warning"
    assert ">=999 is needed" in finding.found


def test_the_declared_extras_of_vibench_are_known():
    assert "pyscf" in check_extras().found


def test_an_extra_of_a_package_counts():
    # Of what the tests of pytest itself want, nothing else here needs xmlschema.
    assert (
        "not installed: kubernetes"
        in check_extras(
            ["numpy[nothing]>=1; extra == 'parsl'", "pytest[dev]>=1; extra == 'kubernetes'"]
        ).found
    )
