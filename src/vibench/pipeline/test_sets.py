"""Test sets of a study: structures from dynamics of the reference that no model has seen."""

from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import Field, field_validator

from vibench.core.errors import InputError, unknown_name
from vibench.data.recipes import SelectionRecipe
from vibench.dynamics.recipe import DynamicsRecipe, NotNegative, Positive
from vibench.pipeline.stages.names import TEST, UNSEEN
from vibench.report.scores import HARMONIC, NOISE_FLOOR

_SEED_SHIFT: Final = 1000
"""Random numbers of their own: those of models and of the reference have seeds near the study's."""
_TAKEN: Final = (TEST, UNSEEN, NOISE_FLOOR, HARMONIC)
"""Names of data sets that scores have anyway."""


class TestSetRecipe(SelectionRecipe):
    """Structures to judge all models by, from dynamics of the reference of their own.

    One trajectory per molecule, from its lowest minimum, otherwise as in the study's dynamics.
    """

    name: str
    """Name in tables, figures and scores."""
    temperature_k: Positive = 300.0
    """Temperature in K of the dynamics."""
    molecules: tuple[str, ...] = ()
    """Names of molecules of the study, unseen ones included; none for all of them."""
    production_fs: Positive | None = None
    """Length in fs of the trajectory that structures are taken from; *none*: that of the study's
    dynamics, or for the kind ``first`` just as long as needed."""
    equilibration_fs: NotNegative | None = None
    """Time in fs before it; *none*: that of the study's dynamics."""
    frame_stride: Annotated[int, Field(ge=1)] | None = None
    """A frame is kept every so many time steps; *none*: as in the study's dynamics."""

    @field_validator("name")
    @classmethod
    def _free(cls, name: str) -> str:
        if name in _TAKEN or " · " in name or not name.strip():
            taken = ", ".join(_TAKEN)
            raise ValueError(f"a test set needs a name without ' · ' that is none of {taken}")
        return name

    def motion(self, dynamics: DynamicsRecipe | None) -> DynamicsRecipe:
        """Return the settings of its dynamics, given those of the study."""
        base = dynamics or DynamicsRecipe()
        stride = base.frame_stride if self.frame_stride is None else self.frame_stride
        production_fs = self.production_fs
        if production_fs is None and self.kind == "first":
            production_fs = self.structures * stride * base.time_step_fs
        equilibration_fs = self.equilibration_fs
        changes = {
            "temperatures_k": (self.temperature_k,),
            "replicas": 1,
            "frame_stride": stride,
            "production_fs": base.production_fs if production_fs is None else production_fs,
            "equilibration_fs": base.equilibration_fs
            if equilibration_fs is None
            else equilibration_fs,
            "dipole_flux": False,
            "seed": base.seed + _SEED_SHIFT,
        }
        return DynamicsRecipe.model_validate(base.model_dump() | changes)

    def of(self, molecules: Sequence[str]) -> tuple[str, ...]:
        """Return the names of its molecules, given those of the study."""
        return self.molecules or tuple(molecules)

    @property
    def selection(self) -> SelectionRecipe:
        """Which frames are taken."""
        return SelectionRecipe(kind=self.kind, structures=self.structures, seed=self.seed)


def check_test_sets(
    test_sets: Sequence[TestSetRecipe],
    molecules: Sequence[str],
    dynamics: DynamicsRecipe | None,
    *,
    has_reference: bool,
    source: str,
) -> None:
    """Refuse test sets that cannot be made.

    Parameters
    ----------
    test_sets, molecules, dynamics
        Test sets, names of all molecules and dynamics of a study.
    has_reference
        Whether the study has a reference method.
    source
        The study file, for messages.

    Raises
    ------
    InputError
        Naming file, test set and key.
    """
    if test_sets and not has_reference:
        raise InputError(
            f"{source}: test_sets come from dynamics of a reference method: add a table [reference]"
        )
    names = [one.name for one in test_sets]
    for one in test_sets:
        where = f"{source}: test_sets {one.name!r}"
        if names.count(one.name) > 1:
            raise InputError(f"{where} is there twice; give each a name of its own")
        for name in one.molecules:
            if name not in molecules:
                raise InputError(f"{where}: {unknown_name('molecule', name, molecules)}")
        motion = one.motion(dynamics)
        frames = -(-motion.production_steps // motion.frame_stride)
        if frames < one.structures:
            raise InputError(
                f"{where}: {one.structures} structures of each molecule are wanted, but "
                f"{motion.production_fs:g} fs with frame_stride {motion.frame_stride} have "
                f"{frames} frames; raise production_fs or lower frame_stride"
            )
