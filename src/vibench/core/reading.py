"""Reading of files from outside: whatever is wrong with them becomes an `InputError`."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import UnionType
from typing import (
    Any,
    Literal,
    TypeAliasType,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import numpy as np

from vibench.core.errors import (
    InputError,
    OtherVersionError,
    VibenchError,
    plain_reason,
    suggestion,
)
from vibench.core.record import SCHEMA


@contextmanager
def understood(place: str, what: str) -> Iterator[None]:
    """Turn what damaged content makes a block raise into an `InputError`.

    Parameters
    ----------
    place
        The file, and the place in it if it is known.
    what
        What the block expects there, as ``"a spectrum of vibench"``.

    Raises
    ------
    InputError
        If the block raises anything but an error of vibench.
    """
    try:
        yield
    except VibenchError:
        raise
    except Exception as error:  # content that nobody foresaw raises whatever it runs into
        about = " ".join(f"{type(error).__name__}: {error}".split())
        raise InputError(f"{place}: expected {what}, but: {about:.200}") from error


def read_text(path: Path, *, encoding: str = "utf-8", errors: str = "strict") -> str:
    """Return the text of a file; *encoding* and *errors* are those of `bytes.decode`.

    Raises
    ------
    InputError
        If it cannot be read, or is no text in this encoding.
    """
    try:
        return path.read_text(encoding=encoding, errors=errors)
    except (OSError, ValueError) as error:  # a name with NUL is a ValueError, as is broken UTF-8
        raise InputError(f"cannot read {path}: {plain_reason(error)}") from error


def check_last_line(text: str, place: str) -> None:
    """Refuse a text that ends within a line: a number cut short is a number, too.

    Raises
    ------
    InputError
        If the last line has no line end.
    """
    if text and not text.endswith("\n"):
        raise InputError(
            f"{place}, line {len(text.splitlines())}: the last line has no line end, so the file "
            "is probably truncated; if it is complete, add a line end"
        )


def parse_number(text: str) -> float:
    """Return the number that a text is; unlike `float` it takes no digits apart by underscores.

    Raises
    ------
    ValueError
        If it is no number in ASCII.
    """
    if "_" in text or not text.isascii():
        raise ValueError(f"no number: {text!r:.40}")
    return float(text)


def parse_json(text: str, place: str) -> dict[str, Any]:
    """Return the object in a JSON text.

    Raises
    ------
    InputError
        If it is no JSON, too deep, or no object.
    """
    try:
        content = json.loads(text)
        if "\\ud" in text.lower():  # half a character, which no terminal and no file takes
            json.dumps(content, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise InputError(f"{place}: not valid JSON: {error!s:.200}") from error
    if not isinstance(content, dict):
        raise InputError(f"{place}: expected a JSON object, found {type(content).__name__}")
    return content


def parse_own_json(text: str, place: str) -> dict[str, Any]:
    """Return the object in a JSON text of vibench.

    Raises
    ------
    InputError
        As `parse_json`, and if it has no schema.
    OtherVersionError
        If it has another schema.
    """
    content = parse_json(text, place)
    schema = content.get("schema")
    if schema != SCHEMA:
        kind = OtherVersionError if isinstance(schema, int) else InputError
        raise kind(f"{place} has schema {schema!r:.40}, this version reads schema {SCHEMA}")
    return content


def parse_toml(text: str, place: str) -> dict[str, Any]:
    """Return the content of a TOML text.

    Raises
    ------
    InputError
        If it is no TOML, or too deep.
    """
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{place}: not valid TOML: {error}") from error


def parse_object[T](kind: type[T], content: object, place: str) -> T:
    """Build a dataclass from the values of its fields by name, checking the type of each.

    Raises
    ------
    InputError
        If *content* is no mapping, has unknown keys, lacks one, or a value is of another type; the
        message names the key.
    """
    if not isinstance(content, Mapping):
        raise InputError(
            f"{place}: expected the fields of {kind.__name__}, found {type(content).__name__}"
        )
    hints = _hints(kind)  # type: ignore[arg-type]  # types are hashable
    for key, value in content.items():
        if key not in hints:
            raise InputError(f"{place}: unknown key {key!r:.80}.{suggestion(str(key), hints)}")
        if not fits(hints[key], value):
            shown = f"{value!r:.80}" if isinstance(value, str | float | int) else type(value)
            raise InputError(f"{place}: {key} is {shown}, not as {kind.__name__} has it")
    with understood(place, kind.__name__):
        return kind(**content)


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    return get_type_hints(kind, localns={one.__name__: one for one in kind.__type_params__})


def fits(hint: Any, value: object) -> bool:
    """Tell whether a value is of the type that a field of a dataclass is declared with.

    Whole numbers, of 64 bits at most, are floats, too; True is no number. Type variables stand for
    arrays.
    """
    hint = hint.__value__ if isinstance(hint, TypeAliasType) else hint
    kind, parts = get_origin(hint) or hint, get_args(hint)
    if hint is Any:
        right = True
    elif kind in {Union, UnionType}:
        right = any(fits(part, value) for part in parts)
    elif kind is Literal:
        right = isinstance(value, str) and value in parts
    elif kind is Mapping:
        right = isinstance(value, dict) and all(
            fits(parts[0], key) and fits(parts[1], one) for key, one in value.items()
        )
    elif kind is tuple:
        right = isinstance(value, tuple) and all(fits(parts[0], one) for one in value)
    elif isinstance(hint, TypeVar):
        right = isinstance(value, np.ndarray)
    else:
        right = isinstance(value, (int, float) if kind is float else kind)
        if isinstance(value, int):
            right = right and (kind is bool or not isinstance(value, bool)) and abs(value) < 2**63
    return right
