"""Active learning of a study: models choose in their own dynamics what the reference labels."""

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field, model_validator

from vibench.core.errors import InputError, unknown_name
from vibench.data.recipes import AcquisitionRecipe, LabelRecipe
from vibench.dynamics.recipe import DynamicsRecipe, NotNegative, Positive

_SEED_SHIFT: Final = 2000
"""Random numbers of their own: other dynamics have seeds near the study's or a thousand above."""


class ActiveLearningRecipe(AcquisitionRecipe):
    """Rounds in which a committee of models looks for structures that it does not know.

    The first data set is that of ``[data.label]``. A round trains the committee on the data set so
    far, lets it move every molecule of ``data.molecules``, labels structures visited with the
    reference and adds them. The data set of the last round is what all models of the study learn
    from. Structures to test by are those of the first data set throughout.
    """

    model: str
    """Name of a model of the study with two ``seeds`` or more: its trainings are the committee,
    whose mean forces drive the dynamics."""
    rounds: Annotated[int, Field(ge=1)] = 5
    """Rounds, at most: once no molecule has uncertain structures the others do nothing."""
    temperatures_k: Annotated[tuple[Positive, ...], Field(min_length=1)] = (300.0, 500.0, 700.0)
    """Temperatures in K of the dynamics; the defaults are those of the PALIRS data."""
    replicas: Annotated[int, Field(ge=1)] = 4
    """Trajectories per molecule and temperature, spread over the conformers."""
    time_fs: Positive = 1000.0
    """Length in fs of each trajectory; all of it counts, from the reference's minimum on."""
    time_step_fs: Positive = 0.5
    """Integration time step in fs."""
    frame_stride: Annotated[int, Field(ge=1)] = 10
    """Every so many steps a structure counts as visited."""
    friction_per_fs: NotNegative = 0.01
    """Friction in fs⁻¹ of the Langevin dynamics (BAOAB)."""
    validation_share: Annotated[float, Field(ge=0, lt=1)] = 0.1
    """Share of new structures that decide when training stops; the others are trained on."""
    start_from_previous: bool = False
    """Begin the trainings of a round with the weights of the round before (fine-tuning) in place of
    random ones. The models of the study itself are trained anew either way."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Seed of velocities, noise, random selection and division; every round has numbers of its
    own."""

    @model_validator(mode="after")
    def _moves(self) -> "ActiveLearningRecipe":
        self.motion(1)
        return self

    def motion(self, round_: int) -> DynamicsRecipe:
        """Return the settings of the dynamics of one round, counted from 1."""
        return DynamicsRecipe(
            integrator="langevin-baoab",
            time_step_fs=self.time_step_fs,
            temperatures_k=self.temperatures_k,
            friction_per_fs=self.friction_per_fs,
            replicas=self.replicas,
            equilibration_fs=0.0,
            production_fs=self.time_fs,
            frame_stride=self.frame_stride,
            seed=self.seed + _SEED_SHIFT + round_,
        )

    @property
    def acquisition(self) -> AcquisitionRecipe:
        """Which of the structures visited are labelled."""
        own = AcquisitionRecipe.model_fields.keys()
        return AcquisitionRecipe.model_validate(self.model_dump(include=set(own)))


def check_active_learning(
    active: ActiveLearningRecipe | None,
    label: LabelRecipe | None,
    committees: Mapping[str, int],
    own_splits: list[str],
    *,
    source: str,
) -> None:
    """Refuse active learning that cannot be done.

    Parameters
    ----------
    active
        Its settings; nothing is refused without.
    label
        Settings of the first structures, if the study labels any.
    committees
        Name of each model that is trained → how often.
    own_splits
        Names of models that divide the data in a way of their own.
    source
        The study file, for messages.

    Raises
    ------
    InputError
        Naming file and key.
    """
    if active is None:
        return
    where = f"{source}: active_learning"
    if label is None:
        raise InputError(
            f"{where} extends structures that the study labels itself: give data.label and "
            "[reference] in place of data.file"
        )
    if active.model not in committees:
        raise InputError(
            f"{where}.model: {unknown_name('trained model', active.model, committees)}"
        )
    if committees[active.model] < 2:
        raise InputError(
            f"{where}.model: {active.model!r} is trained once and has no uncertainty; set its "
            "models.seeds to 2 or more"
        )
    if own_splits:
        raise InputError(
            f"{where} divides new structures itself: remove models.split of {own_splits[0]!r}"
        )
