"""What a use of a potential asks of it, checked before anything is computed; no torch here."""

from collections.abc import Collection
from pathlib import Path

from vibench.core.errors import InputError


def no_dipole(name: str) -> InputError:
    """Build the error for a potential that was asked for a dipole it does not predict."""
    return InputError(
        f"{name} predicts no dipole; models of schnet, field_schnet, so3net, painn, mace (with "
        '"dipole" among its outputs) and mace_dipole do, and GFN2, PySCF and some ASE calculators. '
        "A model without one can be joined with a dipole model: "
        "ENERGY.safetensors+DIPOLE.safetensors"
    )


def require_dipole(name: str, outputs: Collection[str]) -> None:
    """Refuse a potential of this *name* whose *outputs* lack the dipole.

    Raises
    ------
    InputError
        Saying which potentials have one.
    """
    if "dipole" not in outputs:
        raise no_dipole(name)


def require_forces(name: str, outputs: Collection[str]) -> None:
    """Refuse to move atoms by a potential of this *name* whose *outputs* lack the forces.

    Raises
    ------
    InputError
        Saying what to do with a model of dipoles alone.
    """
    if "forces" not in outputs:
        raise InputError(
            f"{name} predicts no forces, so it can move no atoms; a model of dipoles alone can be "
            "joined with one of energies: ENERGY.safetensors+DIPOLE.safetensors"
        )


def require_trusted_file(path: Path, *, trust: bool, otherwise: str = "") -> None:
    """Refuse a model file of another code that is not there or not trusted.

    Parameters
    ----------
    path
        The file, a pickle.
    trust
        Whether the user has said that it may be opened.
    otherwise
        What else could be done, to end the message with.

    Raises
    ------
    InputError
        If there is no such file, or it may not be opened.
    """
    if not path.is_file():
        raise InputError(f"no model file at {path}")
    if not trust:
        raise InputError(
            f"{path} can execute code when it is opened, as it is a pickle: allow it with --trust "
            f"if it comes from somebody you trust{otherwise}"
        )
