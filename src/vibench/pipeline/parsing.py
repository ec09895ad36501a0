"""Checking of settings: errors that name the file, the key and the nearest known name."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from vibench.core.errors import InputError, suggestion
from vibench.pipeline.potentials import AnyPotentialRecipe, PotentialRecipe
from vibench.pipeline.presets import presets

_KINDS = frozenset(
    ("gfn2", "pyscf", "ase", "schnetpack", "mace", "plugin", "learned", "composite", "committee")
)


def parse[T: BaseModel](kind: type[T], content: Mapping[str, Any], source: str) -> T:
    """Validate settings; errors name the *source*, the key and what was expected."""
    try:
        return kind.model_validate(dict(content))
    except ValidationError as error:
        raise _refused(error, kind, source) from None


def parse_potential(content: Mapping[str, Any], source: str) -> AnyPotentialRecipe:
    """Validate the settings of any potential; errors are those of `parse`."""
    adapter: TypeAdapter[AnyPotentialRecipe] = TypeAdapter(PotentialRecipe)
    try:
        return adapter.validate_python(dict(content))
    except ValidationError as error:
        raise _refused(error, PotentialRecipe, source) from None


def _refused(error: ValidationError, kind: Any, source: str) -> InputError:
    lines = [_explain(item, kind) for item in error.errors()]
    return InputError(f"{source}: " + "; ".join(dict.fromkeys(lines)))


def _explain(item: Any, kind: Any) -> str:
    # A key may be called like a kind: then there is nothing else to name.
    location = [part for part in item["loc"] if not _is_union_tag(part)] or list(item["loc"])
    key = ".".join(str(part) for part in location)
    if item["type"] == "extra_forbidden":
        return f"unknown key {key!r}.{suggestion(str(location[-1]), _known_keys(kind))}"
    if item["type"] in {"union_tag_not_found", "union_tag_invalid"}:
        tag = item["ctx"]["discriminator"].strip("'")
        expected = item["ctx"].get("expected_tags", "a kind of potential")
        known = expected.replace("'", "").split(", ")
        near = suggestion(str(item["ctx"].get("tag", "")), known)
        return f"{key}.{tag}".lstrip(".") + f": expected one of {expected}.{near}"
    if item["type"] == "missing":
        return f"missing key {key!r}"
    text = item["msg"].removeprefix("Value error, ")
    if isinstance(item["input"], Mapping):  # the whole table is wrong, and too long to repeat
        return f"{key}: {text}".removeprefix(": ")
    return f"{key}: {text}, found {item['input']!r}"


def _is_union_tag(part: object) -> bool:
    """Tell whether pydantic put the name of a union's member into an error's location."""
    return isinstance(part, str) and part in _KINDS | presets()["tiny"].keys()


def _known_keys(kind: Any) -> set[str]:
    """Return the names of all fields of a model and of the models inside it."""
    known: set[str] = set()
    waiting: list[Any] = [kind]
    seen: set[int] = set()
    while waiting:
        current = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        if isinstance(current, type) and issubclass(current, BaseModel):
            known |= current.model_fields.keys()
            waiting += [field.annotation for field in current.model_fields.values()]
        else:
            waiting += _parts(current)
    return known


def _parts(annotation: Any) -> Iterable[Any]:
    alias = getattr(annotation, "__value__", None)
    return [alias] if alias is not None else getattr(annotation, "__args__", ())
