"""Checking of settings: errors that name the file, the key and the nearest known name."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
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
        raise _refused(error, kind, content, source) from None


def parse_potential(content: Mapping[str, Any], source: str) -> AnyPotentialRecipe:
    """Validate the settings of any potential; errors are those of `parse`."""
    adapter: TypeAdapter[AnyPotentialRecipe] = TypeAdapter(PotentialRecipe)
    try:
        return adapter.validate_python(dict(content))
    except ValidationError as error:
        raise _refused(error, PotentialRecipe, content, source) from None


def _refused(
    error: ValidationError, kind: Any, content: Mapping[str, Any], source: str
) -> InputError:
    items = error.errors()
    # A list is counted without the entries that are refused, which says nothing new.
    lists = {item["loc"][:-1] for item in items}
    # What is wrong in the same way in several entries of a list is said once.
    same: dict[tuple[object, ...], list[Any]] = {}
    for item in items:
        if item["type"] != "too_short" or item["loc"] not in lists:
            keys = tuple(part for part in item["loc"] if not isinstance(part, int))
            same.setdefault((keys, _explain(item, kind, "")), []).append(item)
    lines = [_explain(found[0], kind, _key(found, content)) for found in same.values()]
    return InputError(f"{source}: " + "; ".join(dict.fromkeys(lines)))


def _key(found: Sequence[Any], content: Mapping[str, Any]) -> str:
    """Return the key of one error, or of equal ones with the names of the entries they are in."""
    # A key may be called like a kind: then there is nothing else to name.
    places = [
        [part for part in item["loc"] if not _is_union_tag(part)] or list(item["loc"])
        for item in found
    ]
    if len(places) == 1:
        return ".".join(str(part) for part in places[0])
    entries: Any = content
    for part in takewhile(lambda part: isinstance(part, str), places[0]):
        entries = entries.get(part) if isinstance(entries, Mapping) else None
    numbers = [next(part for part in place if isinstance(part, int)) for place in places]
    names = dict.fromkeys(_entry_name(entries, number) for number in numbers)
    key = ".".join(part for part in places[0] if isinstance(part, str))
    return f"{key} (of {', '.join(names)})"


def _entry_name(entries: Any, number: int) -> str:
    """Return the name of an entry of a list, or its number where it has none."""
    entry = entries[number] if isinstance(entries, list) else None
    name = entry.get("name") if isinstance(entry, Mapping) else None
    return name if isinstance(name, str) else str(number)


def _explain(item: Any, kind: Any, key: str) -> str:
    """Return what is wrong with a *key*, in words."""
    found, context = item["input"], item.get("ctx", {})
    text = item["msg"].removeprefix("Value error, ")
    near, shown = "", f", found {found!r}"
    match item["type"]:
        case "extra_forbidden":
            return f"unknown key {key!r}.{suggestion(str(item['loc'][-1]), _known_keys(kind))}"
        case "missing":
            return f"missing key {key!r}"
        case "union_tag_not_found" | "union_tag_invalid":
            tag = context["discriminator"].strip("'")
            key, shown = f"{key}.{tag}".lstrip("."), ""
            expected = context.get("expected_tags", "a kind of potential")
            near = suggestion(str(context.get("tag", "")), expected.replace("'", "").split(", "))
            text, near = f"expected one of {expected}", f".{near}"
        case "tuple_type" | "list_type":
            text = f"expected a list, such as [{json.dumps(found, default=str)}]"
        case "dict_type" | "model_type":
            text = "expected a table of settings"
        case "literal_error":
            text = f"expected {context['expected']}"
            near = suggestion(str(found), re.findall(r"'([^']*)'", context["expected"]))
            near = near and f".{near}"
        case _ if isinstance(found, Mapping):  # the whole table is wrong, and too long to repeat
            shown = ""
    return f"{key}: {text}{shown}{near}".removeprefix(": ")


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
