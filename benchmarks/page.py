"""The page on performance: tables and a figure from records."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.contenders import ARCHITECTURES

_NAMES = {
    "schnet": "SchNet",
    "field_schnet": "FieldSchNet",
    "so3net": "SO3net",
    "painn": "PaiNN",
    "mace": "MACE",
}
_SHOWN = ("ethanol", 64)
_SIDES = ("inference", "training", "md", "memory", "shares", "size", "spectrum")

type Rows = Sequence[Mapping[str, Any]]


def write_page(records: Path, page: Path) -> None:
    """Replace the tables of *page* by those of the records, and its figure beside it.

    Parameters
    ----------
    records
        Folder with what ``--json`` kept: ``inference.json`` and so on.
    page
        Text whose parts between ``<!-- NAME -->`` and ``<!-- /NAME -->`` are replaced.
    """
    found = {
        side: json.loads((records / f"{side}.json").read_text(encoding="utf-8")) for side in _SIDES
    }
    makers: dict[str, Callable[[Rows], str]] = {
        "inference": _inference,
        "training": _training,
        "md": _dynamics,
        "memory": _memory,
        "shares": _shares,
        "size": _size,
        "spectrum": _spectrum,
    }
    text = page.read_text(encoding="utf-8")
    parts = {side: maker(found[side]["rows"]) for side, maker in makers.items()}
    parts["machine"] = _machine(found["inference"])
    for name, part in parts.items():
        pattern = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
        text = re.sub(
            pattern,
            lambda match, part=part: f"{match[1]}\n{part}\n{match[2]}",
            text,
            flags=re.DOTALL,
        )
    page.write_text(text, encoding="utf-8")
    _figure(found["inference"]["rows"], page.with_suffix(".svg"))


def _machine(record: Mapping[str, Any]) -> str:
    row = record["rows"][0]
    hardware, versions = row["hardware"], dict(row["versions"])
    codes = ", ".join(f"{name} {version}" for name, version in versions.items())
    return (
        f"Machine: {hardware['processor']}, {hardware['cores']} cores, {hardware['memory_gib']} "
        f"GiB; {row['threads']} thread; products of float32 matrices at "
        f"{record['facts']['matrix_gflops']:.0f} GFLOP/s; {record['date']}. {codes}."
    )


def _inference(rows: Rows) -> str:
    own = [row for row in rows if row["implementation"] == "vibench"]
    places = list(dict.fromkeys((row["molecule"], row["batch"]) for row in own))
    lines = []
    for case in dict.fromkeys(row["case"] for row in own):
        head = [f"{case}: ms per molecule · ratio"]
        head += [f"{molecule} × {batch}" for molecule, batch in places]
        cells: dict[str, dict[tuple[str, int], str]] = {}
        for row in own:
            if row["case"] == case:
                place = (row["molecule"], row["batch"])
                cell = f"{row['median_ms']:.3g} · {_ratio(row)}"
                cells.setdefault(_against(row), {})[place] = cell
        body = [
            [name, *(found.get(place, "–") for place in places)] for name, found in cells.items()
        ]
        lines.append(_markdown(head, body))
    return "\n\n".join(lines)


def _against(row: Mapping[str, Any]) -> str:
    """Return the name of the architecture, with the code if it has more than one."""
    name = _NAMES[row["architecture"]]
    return f"{name}, against symmetrix-xl" if row["upstream"] == "symmetrix-xl" else name


def _training(rows: Rows) -> str:
    body = [
        [_NAMES[row["architecture"]], str(row["batch"]), f"{row['median_ms']:.3g}", _ratio(row)]
        for row in rows
        if row["implementation"] == "vibench"
    ]
    return _markdown(["training step", "batch", "ms", "ratio"], body)


def _dynamics(rows: Rows) -> str:
    body = [
        [
            _NAMES[row["architecture"]],
            f"{1e3 / row['median_ms']:.0f}",
            str(row["upstream"]),
            _ratio(row),
        ]
        for row in rows
        if row["implementation"] == "vibench"
    ]
    head = ["64 × methanol", "molecule-steps per second", "against", "ratio"]
    return _markdown(head, body)


def _memory(rows: Rows) -> str:
    growth = {(row["architecture"], row["implementation"]): row["growth_mib"] for row in rows}
    body = [
        [
            _NAMES[row["architecture"]],
            f"{row['growth_mib']:.0f}",
            f"{growth[row['architecture'], row['upstream']]:.0f}",
        ]
        for row in rows
        if row["implementation"] == "vibench"
    ]
    return _markdown(["ethanol × 64, MiB", "vibench", "upstream"], body)


def _shares(rows: Rows) -> str:
    cases: dict[tuple[str, str, int], dict[str, Mapping[str, Any]]] = {}
    for row in rows:
        place = (row["architecture"], row["molecule"], row["batch"])
        cases.setdefault(place, {})[row["part"]] = row
    body = []
    for (architecture, molecule, batch), parts in cases.items():
        whole = next(iter(parts.values()))
        cells = [
            f"{row['ms']:.3g}" + ("" if row["calls"] is None else f" ({row['calls']:.0f})")
            for row in parts.values()
        ]
        ends = [f"{whole[name]:.3g}" for name in ("unwatched_ms", "floor_ms")]
        body.append([f"{_NAMES[architecture]}, {molecule} × {batch}", *cells, *ends])
    parts_of_all = next(iter(cases.values()))
    head = ["ms per evaluation", *parts_of_all, "whole, not watched", "floor of the products"]
    return _markdown(head, body)


def _size(rows: Rows) -> str:
    sizes = list(dict.fromkeys(row["atoms"] for row in rows))
    body = []
    for architecture in ARCHITECTURES:
        own = [row for row in rows if row["architecture"] == architecture]
        times = {row["atoms"]: f"{row['median_ms']:.3g}" for row in own}
        last = [f"{own[0][name]:.2f}" if own else "–" for name in ("switch", "exponent")]
        body.append([_NAMES[architecture], *(times.get(size, "–") for size in sizes), *last])
    head = ["ms, small presets", *(f"{s} atoms" for s in sizes), "switch", "exponent"]
    return _markdown(head, body)


def _spectrum(rows: Rows) -> str:
    (row,) = rows
    return (
        f"A spectrum of {row['replicas']} trajectories of {row['steps']} steps takes "
        f"{row['seconds']:.1f} s and {row['growth_mib']:.0f} MiB beside the "
        f"{row['dipoles_mib']:.0f} MiB of dipoles."
    )


def _ratio(row: Mapping[str, Any]) -> str:
    return "–" if row["ratio"] is None else f"{row['ratio']:.1f}×"


def _markdown(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _figure(rows: Rows, path: Path) -> None:
    """Draw times of one molecule in a batch, codes side by side: 64 ethanol if they are there."""
    places = [(row["molecule"], row["batch"]) for row in rows]
    molecule, batch = _SHOWN if _SHOWN in places else places[0]
    chosen = {
        (row["architecture"], row["implementation"]): row["median_ms"]
        for row in rows
        if (row["case"], row["molecule"], row["batch"]) == ("energy, forces", molecule, batch)
    }
    colours = {"vibench": "#1f6feb", "symmetrix-xl": "#dfe3e8"}
    with mpl.rc_context({"svg.hashsalt": "vibench", "font.family": "sans-serif"}):
        figure = Figure(figsize=(6.4, 3.6), layout="constrained")
        axes = figure.add_subplot()
        for place, architecture in enumerate(ARCHITECTURES):
            times = {code: time for (name, code), time in chosen.items() if name == architecture}
            height = 0.78 / len(times)
            for turn, (code, time) in enumerate(times.items()):
                y = place + (turn - (len(times) - 1) / 2) * height
                axes.barh(y, time, 0.95 * height, color=colours.get(code, "#b0b7c0"))
                axes.text(time * 1.06, y, f"{time:.3g}  {code}", va="center", fontsize=7)
        axes.set_yticks(range(len(ARCHITECTURES)), [_NAMES[name] for name in ARCHITECTURES])
        axes.invert_yaxis()
        axes.set_xscale("log")
        axes.set_xlabel(f"energy and forces of {molecule} in a batch of {batch}: ms per molecule")
        axes.margins(x=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        figure.savefig(path, metadata={"Date": None})
