"""What a use of a potential asks of it, checked before anything is computed; no torch here."""

from collections.abc import Collection

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
