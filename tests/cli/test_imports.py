"""``vibench models import`` as a user meets it, without the codes that made the models."""

import importlib.util
import os
import subprocess
import sys

import pytest


def refused(*arguments, cwd):
    """Run the program; it must refuse its input. Return what it said."""
    result = subprocess.run(
        [sys.executable, "-c", "from vibench.cli import main; main()", *arguments],
        cwd=cwd,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    assert not list(cwd.glob("*.safetensors"))
    return result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["schnetpack", "nowhere"], "no model file at nowhere"),
        (["schnetpack", "best_model"], "can execute any code when it is opened"),
        (["mace", "best_model"], "allow it with --trust"),
        (
            ["schnetpack", "best_model", "--trust", "--length-unit", "bohr"],
            "lengths of the model are in bohr",
        ),
        (["mace", "best_model", "--energy-unit", "furlong"], "energy_unit: expected 'eV'"),
        (["schnetpack", "best_model", "--elements", "H,Q"], "unknown element 'Q'"),
        (["schnetpack", "best_model", "--elements", "H,Md"], "unknown element 'Md'"),
        (["schnetpack", "best_model", "--keys", "energy"], "--keys takes three names"),
        (["mace", "best_model", "--trust", "-o", "model.pt"], "MODEL.safetensors, found --output"),
        (["orca", "best_model"], "Invalid value for 'CODE'"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(arguments, message, tmp_path):
    (tmp_path / "best_model").write_bytes(b"a model")
    said = refused("models", "import", *arguments, cwd=tmp_path)
    assert message in said


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "module", "package"),
    [("schnetpack", "schnetpack", "schnetpack"), ("mace", "mace", "mace-torch")],
)
def test_a_code_that_is_not_installed_is_named(code, module, package, tmp_path):
    if importlib.util.find_spec(module) is not None:
        pytest.skip(f"{package} is installed")
    (tmp_path / "best_model").write_bytes(b"a model")
    said = refused("models", "import", code, "best_model", "--trust", cwd=tmp_path)
    assert said.strip() == (
        f"vibench: {package} is not installed; install it with: pip install 'vibench[{code}]'"
    )
