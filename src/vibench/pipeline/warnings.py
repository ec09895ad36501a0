"""What a report warns of: what tasks had to say, and what limits the conclusions."""

from collections.abc import Iterator, Mapping

from vibench.pipeline.stages.convergence import NOT_MIXED, TOO_SHORT
from vibench.pipeline.study import Study
from vibench.store.artefacts import Artefact

_MOST_ALIKE = 3
_CONVERGENCE = {
    NOT_MIXED: "replicas differ more than long ones would (R-hat, which compares the spread "
    "between replicas with that within them, is above 1.1; values are in Further scores)",
    TOO_SHORT: "dynamics are too short to tell whether replicas agree with each other (by R-hat)",
}
"""What notes on convergence have in common → the same of many spectra, in words."""


def gathered_warnings(study: Study, artefacts: Mapping[str, Artefact]) -> Iterator[str]:
    """Yield what tasks had to say, and what limits the conclusions.

    Nearly every short run has replicas that have not converged: many such notes become one, and
    so do equal ones.
    """
    texts = {
        name: artefact.record.observed["outcome"]["text"] for name, artefact in artefacts.items()
    }
    said = {name: text for name, text in texts.items() if text}
    total = sum(name.startswith("spectra") for name in texts)
    for told, words in _CONVERGENCE.items():
        alike = [name for name, text in said.items() if told in text]
        if len(alike) > _MOST_ALIKE:
            yield (
                f"{words} in {len(alike)} of {total} spectra, for instance {alike[0]}: "
                f"{said[alike[0]]}"
            )
            said = {name: text for name, text in said.items() if name not in alike}
    alike_said: dict[tuple[str, str], list[str]] = {}
    for name, text in said.items():
        alike_said.setdefault((name.partition(" · ")[0], text), []).append(name)
    for (stage, text), names in alike_said.items():
        if len(names) > _MOST_ALIKE:
            yield f"{len(names)} results of {stage}, for instance {names[0]}: {text}"
        else:
            yield from (f"{name}: {text}" for name in names)
    yield from _shorter_reference(study)


def _shorter_reference(study: Study) -> Iterator[str]:
    """Say that the noise floor is not that of the models' sampling, where it is not."""
    dynamics, own = study.dynamics, study.reference_dynamics
    if dynamics is None or study.reference is None or not own.run:
        return
    reference = own.of(dynamics)
    times = [one.replicas * one.production_fs / 1000 for one in (dynamics, reference)]
    if times[0] != times[1]:
        floor = "the noise floor is that of the reference's sampling"
        shared = "scores against it hold its noise, which the spread over seeds does not show"
        yield (
            f"the reference ran {times[1]:g} ps per molecule and temperature, models "
            f"{times[0]:g} ps: {floor if own.repeat else shared}"
        )
