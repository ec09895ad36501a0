"""Gas-phase spectra of the NIST Chemistry WebBook, fetched for the user's own use."""

import json
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from vibench.core.errors import InputError, MissingDependencyError, plain_reason
from vibench.core.files import make_folder
from vibench.core.reading import read_text, understood

TERMS: Final = (
    "Data: NIST Chemistry WebBook, NIST Standard Reference Database 69, doi:10.18434/T4D303; "
    "copyright by the U.S. Secretary of Commerce and the owners named in each file. Fetched for "
    "your own use: do not redistribute."
)
"""Whose data these are and what may be done with them."""
CACHE: Final = "VIBENCH_CACHE"
"""Environment variable with the folder of fetched files."""
_SECONDS_BETWEEN_REQUESTS: Final = 5.0
_CAS: Final = re.compile(r"\d{2,7}-\d{2}-\d")


@dataclass(frozen=True, slots=True)
class Entry:
    """One gas-phase spectrum in the user's cache."""

    index: str
    """Number that the WebBook gives it."""
    path: Path
    """The JCAMP-DX file."""
    description: str
    """State, source, resolution and unit, in the words of the file."""


def cache_folder() -> Path:
    """Return the folder of fetched files: ``VIBENCH_CACHE``, else the user's cache folder."""
    given = os.environ.get(CACHE)
    if given:
        return Path(given)
    try:
        import platformdirs
    except ImportError as error:
        raise MissingDependencyError("platformdirs", "nist") from error
    return Path(platformdirs.user_cache_dir("vibench"))


def fetch_spectra(identifier: str, folder: Path) -> list[Entry]:
    """Return the gas-phase infrared spectra of a substance, from the cache or the WebBook.

    All of them are fetched at once and kept; a second call makes no request.

    Parameters
    ----------
    identifier
        Name or CAS registry number.
    folder
        Cache; the files of a substance have a folder of their own in it.

    Returns
    -------
    One entry per spectrum, in ascending order of the WebBook's numbers; at least one.

    Raises
    ------
    InputError
        If the substance is unknown or ambiguous, has no gas-phase spectrum, or if the WebBook
        cannot be reached. The cache is then left as it was.
    MissingDependencyError
        If the extra ``nist`` is not installed.
    """
    words = identifier.strip().lower()
    place = folder / "webbook" / re.sub(r"[^a-z0-9]+", "-", words).strip("-")
    if not words or place.name == "webbook":
        raise InputError(f"{identifier!r} is neither a name nor a CAS registry number")
    if not place.is_dir():
        _store(_download(identifier.strip()), place)
    return _entries(place)


def choose(entries: list[Entry], index: str | None, identifier: str) -> Entry:
    """Return the entry with an *index*, or the only one.

    Raises
    ------
    InputError
        If there is none with that index, or several and no index; the message lists them.
    """
    chosen = [entry for entry in entries if index is None or entry.index == index]
    if len(chosen) == 1:
        return chosen[0]
    listing = "\n".join(f"  --index {entry.index}: {entry.description}" for entry in entries)
    problem = "several gas-phase spectra" if index is None else f"no spectrum of index {index!r}"
    raise InputError(f"{identifier}: {problem}; choose one of\n{listing}")


def _download(identifier: str) -> dict[str, str]:
    """Return index → text of all gas-phase spectra of a substance."""
    try:
        import nistchempy
    except ImportError as error:
        raise MissingDependencyError("nistchempy", "nist") from error
    config = nistchempy.RequestConfig(delay=_SECONDS_BETWEEN_REQUESTS, max_attempts=2)
    try:
        compound = _compound(nistchempy, identifier, config)
        spectra = compound.get_ir_spectra()
    except InputError:
        raise
    except Exception as error:
        raise InputError(
            f"the NIST Chemistry WebBook cannot be reached or understood "
            f"({type(error).__name__}: {error}): check the network and try again, or download the "
            f"file by hand from webbook.nist.gov"
        ) from error
    if spectra is None and "cIR" in compound.data_refs:
        raise InputError(f"{identifier}: the NIST Chemistry WebBook did not answer: try again")
    texts = {_numbered(str(one.spec_idx)): str(one.jdx_text) for one in spectra or []}
    found = {index: text for index, text in texts.items() if "##JCAMP-DX=" in text}
    gas = {index: text for index, text in found.items() if _is_gas(_label(text, "STATE"))}
    if not gas:
        states = sorted({_label(text, "STATE") or "not stated" for text in found.values()})
        raise InputError(
            f"{identifier}: the NIST Chemistry WebBook has no gas-phase infrared spectrum to "
            f"download; found {len(found)} others" + (f" ({', '.join(states)})" if states else "")
        )
    return gas


def _compound(nistchempy: Any, identifier: str, config: Any) -> Any:
    kind = "cas" if _CAS.fullmatch(identifier) else "name"
    search = nistchempy.run_search(identifier, kind, request_config=config)
    if len(search.compound_ids) != 1:
        found = ", ".join(search.compound_ids[:10]) or search.message or "nothing"
        raise InputError(
            f"{identifier}: expected one substance in the NIST Chemistry WebBook, found {found}; "
            f"give its CAS registry number"
        )
    compound = nistchempy.get_compound(search.compound_ids[0], request_config=config)
    if compound is None:
        raise InputError(f"{identifier}: the NIST Chemistry WebBook has no page for it")
    return compound


def _store(texts: dict[str, str], place: Path) -> None:
    """Write all files to a temporary folder that then becomes *place*, wholly or not at all."""
    parent = make_folder(place.parent)
    temporary = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=parent))
    try:
        for index, text in texts.items():
            (temporary / f"{index}.jdx").write_text(text, encoding="utf-8")
        (temporary / "order.json").write_text(json.dumps(list(texts)), encoding="utf-8")
        (temporary / "TERMS.txt").write_text(TERMS + "\n", encoding="utf-8")
        temporary.rename(place)
    except OSError as error:
        # Another process may have been quicker; what it stored is as good.
        if not place.is_dir():
            raise InputError(f"cannot write to the cache {place}: {plain_reason(error)}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _entries(place: Path) -> list[Entry]:
    try:
        with understood(str(place / "order.json"), "numbers of spectra"):
            order = list(json.loads(read_text(place / "order.json")))
        paths = {_numbered(index): place / f"{index}.jdx" for index in order}
        texts = {index: read_text(path) for index, path in paths.items()}
    except InputError as error:
        raise InputError(
            f"the cache {place} is damaged ({error}): delete the folder and fetch again"
        ) from error
    return [Entry(index, paths[index], _description(text)) for index, text in texts.items()]


def _numbered(index: object) -> str:
    """Return the number of a spectrum, which becomes the name of a file."""
    if not isinstance(index, str) or not re.fullmatch(r"[0-9]{1,6}", index):
        raise InputError(f"expected the number of a spectrum, found {index!r:.80}")
    return index


def _description(text: str) -> str:
    names = ("STATE", "$NIST SOURCE", "ORIGIN", "RESOLUTION", "YUNITS")
    parts = [
        f"{name.strip('$').lower()} {_label(text, name)}" for name in names if _label(text, name)
    ]
    return "; ".join(parts)


def _label(text: str, name: str) -> str:
    found = re.search(rf"^##{re.escape(name)}=(.*)$", text, flags=re.MULTILINE | re.IGNORECASE)
    return found[1].strip() if found else ""


def _is_gas(state: str) -> bool:
    return re.search("gas|vapou?r", state, flags=re.IGNORECASE) is not None
