"""The page of the report in a real browser, from disk and without a network."""

import csv
import html
import io
import json
import re
import runpy
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vibench.core.trajectory import Outcome
from vibench.report.latex import latex_text
from vibench.report.motions import cartesian_displacements
from vibench.report.page import render_page
from vibench.report.results import StudyResults
from vibench.report.studies import compare_studies
from vibench.report.study_page import render_comparison
from vibench.report.table import csv_text
from vibench.report.tables import build_tables

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
STUDY = runpy.run_path(str(Path(__file__).parents[1] / "report" / "synthetic_study.py"))
DARK = "--blink-settings=preferredColorScheme=0"
SOFTWARE_3D = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
NO_3D = ("--disable-gpu", "--disable-3d-apis")

# Headless Chromium keeps its own messages on the same stream; scripts speak as CONSOLE.
ATTEMPTS = 3
CONSOLE = re.compile(r"CONSOLE.*")

HERE = Path(__file__).parent
HELPERS = (HERE / "helpers.js").read_text(encoding="utf-8")
CONTRAST = (HERE / "contrast.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def browser() -> str:
    """Path of a Chromium, or a skipped test."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium on PATH; install the package 'chromium' to run this test")
    return found


def written(study: StudyResults, folder: Path) -> Path:
    """Return the page of *study*, without the files beside it."""
    path = folder / "report.html"
    path.write_text(render_page(study), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the synthetic study."""
    return written(STUDY["build_study"](), tmp_path_factory.mktemp("report"))


def rendered(
    browser: str,
    page: Path,
    profile: Path,
    *options: str,
    fragment: str = "",
    graphics: tuple[str, ...] = NO_3D,
) -> tuple[str, list[str]]:
    """Return the page's elements after its scripts have run, and what they wrote to the console."""
    command = [
        browser,
        "--headless",
        "--no-sandbox",
        *graphics,
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        "--enable-logging=stderr",
        "--hide-scrollbars",
        "--window-size=1280,900",
        "--virtual-time-budget=10000",
        f"--user-data-dir={profile}",
        *options,
        "--dump-dom",
        page.as_uri() + fragment,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout, CONSOLE.findall(done.stderr)


def with_script(page: Path, folder: Path, script: str) -> Path:
    """Return a copy of *page* that runs *script* once its plots are drawn."""
    waiting = f"""<script>
    const timer = setInterval(async () => {{
      if (!document.documentElement.hasAttribute("data-drawn")) return;
      clearInterval(timer);
      {HELPERS}
      {script}
    }}, 20);
    </script></body>"""
    copy = folder / "scripted.html"
    copy.write_text(page.read_text(encoding="utf-8").replace("</body>", waiting), encoding="utf-8")
    return copy


def answer(
    browser: str, page: Path, folder: Path, script: str, *options: str, **more: Any
) -> dict[str, Any]:
    """Return what *script*, run on *page* without any word on the console, puts into ``found``.

    The browser's clock runs out as soon as the page waits for nothing that it counts, and it does
    not count what a script awaits: where that was first, the page is shown again.
    """
    wrapped = f"const found = {{}}; {script} ; document.title = JSON.stringify(found);"
    scripted = with_script(page, folder, wrapped)
    for _ in range(ATTEMPTS):
        elements, console = rendered(browser, scripted, folder / "profile", *options, **more)
        assert console == []
        title = html.unescape(elements.split("<title>", 1)[1].split("</title>", 1)[0])
        if title.startswith("{"):
            break
    result: dict[str, Any] = json.loads(title)
    return result


def test_every_plot_is_drawn_and_the_console_is_silent(
    browser: str, page: Path, tmp_path: Path
) -> None:
    script = """
      const trace = byId("trace-0");
      const matrix = byId("correlation-0");
      const [bottom, top] = matrix.layout.yaxis.range;
      const cells = matrix.querySelectorAll(".heatmap-label").length;
      const downward = bottom > top; // the first model stands at the top
      const sizes = [trace.data.length, trace.data[0].x.length];
      const values = matrix.data[0].z.flat();
      document.title = [trace._fullLayout.yaxis.type, sizes, values, cells, downward].join("|");
    """
    scripted = with_script(page, tmp_path, script)
    elements, console = rendered(browser, scripted, tmp_path / "p", graphics=SOFTWARE_3D)
    assert "<title>linear|2,400|1,-0.31,-0.31,1|4|true</title>" in elements
    assert console == []
    assert 'data-drawn="true"' in elements
    canvases = elements.count('class="canvas')
    assert canvases == 1 + (3 + 2) + 1 + 2 * 4  # spectra, test sets, harmonic, training
    assert len(re.findall(r'class="canvas \w+ js-plotly-plot', elements)) == canvases
    assert elements.count('class="main-svg"') > 0
    assert "Share chart" not in re.sub(r"<script.*?</script>", "", elements, flags=re.DOTALL)
    assert elements.count('aria-pressed="true"') >= 9


def test_controls_change_the_page(browser: str, page: Path, tmp_path: Path) -> None:
    script = """
      const canvas = byId("spectrum");
      const figure = canvas.closest("figure");
      const visible = () => canvas.data.filter((trace) => trace.visible === true).length;
      const before = visible();
      figure.querySelector(".legend button").click();
      // The reference owns three traces: its shading, its band and its harmonic lines.
      found.hidden = before - visible();
      figure.querySelectorAll(".ranges button")[2].click();
      found.range = canvas.layout.xaxis.range;
      byId("theme").click();
      found.ground = getComputedStyle(document.body).backgroundColor;
      found.kept = before - visible();
      found.rangeKept = canvas.layout.xaxis.range;
      found.buttons = figure.querySelectorAll(".legend button").length;
    """
    found = answer(browser, page, tmp_path, script)
    assert found["hidden"] == found["kept"] == 3
    assert found["range"] == found["rangeKept"] == [2000, 1500]
    assert found["ground"] == "rgb(22, 24, 27)"
    assert found["buttons"] == 6  # reference, two models, measured, second run, broadened


def test_choosers_change_the_plot_the_table_and_the_address(
    browser: str, page: Path, tmp_path: Path
) -> None:
    script = """
      const canvas = byId("spectrum");
      const band = () => Array.from(canvas.data.find((trace) => trace.name === "PaiNN").y);
      const about = () => [shownCase(), canvas.getAttribute("aria-label"), canvas.data.length];
      const first = band();
      found.before = about();
      choose("molecule", "ethanol");
      found.after = about();
      found.peak = Math.max(...band());
      found.changed = band().some((v, i) => v !== first[i]);
      found.modes = byId("modes").children.length;
      tick("residual");
      found.residuals = canvas.data.filter((trace) => trace.yaxis === "y3" && trace.name).length;
      found.regions = canvas.layout.shapes.length;
      tick("regions");
      found.without = canvas.layout.shapes.length;
      document.querySelectorAll(".explorer .legend button")[2].click();
      found.address = location.hash;
      // Differences are of the curves shown: model minus reference.
      const named = (name, axis) =>
        canvas.data.find((trace) => trace.name === name && (trace.yaxis ?? "y") === axis).y;
      const place = 2915;
      found.difference = named("PaiNN", "y3")[place];
      found.expected = named("PaiNN", "y")[place] - named("GFN2-xTB", "y")[place];
    """
    found = answer(browser, page, tmp_path, script)
    assert (found["before"][0], found["after"][0]) == (0, 2)
    assert found["before"][1] == (
        "Infrared spectra of methanol, 300 K: GFN2-xTB; PaiNN; SchNet; "
        "measured (scaled to equal area)."
    )
    assert found["after"][1] == "Infrared spectra of ethanol, 300 K: GFN2-xTB; PaiNN; SchNet."
    assert found["changed"]
    spectrum = next(
        entry.spectrum
        for entry in STUDY["build_study"]().spectra
        if (entry.molecule, entry.source, entry.kind) == ("ethanol", "PaiNN", "md")
    )
    assert found["peak"] == pytest.approx(spectrum.intensity.max(), rel=1e-4)
    assert found["modes"] == 21
    assert found["residuals"] >= 2
    assert (found["regions"], found["without"]) == (4, 0)
    assert found["address"] == (
        "#molecule=ethanol&temperature=300+K&hide=SchNet&difference=on&regions=off"
    )
    assert found["difference"] == pytest.approx(found["expected"], abs=1e-5)
    assert found["difference"] != 0


def test_an_address_leads_to_what_it_names(browser: str, page: Path, tmp_path: Path) -> None:
    script = """
      const canvas = byId("spectrum");
      const values = () => ["molecule", "motion-source"].map((name) => byId(name).value);
      const state = () => [...values(), byId("residual").checked, pressed()];
      found.state = state();
      found.hidden = canvas.data.filter((trace) => trace.name === "SchNet")[0].visible;
      document.querySelector('.heat:not([hidden]) a[href*="methanol"]').click();
      await wait(200);
      found.after = state();
      history.replaceState(null, "", "#molecule=%3Cnone%3E");
      window.dispatchEvent(new HashChangeEvent("hashchange"));
      found.unknown = state();
    """
    fragment = "#molecule=ethanol&hide=SchNet&difference=on&vibrations=SchNet&mode=20"
    found = answer(browser, page, tmp_path, script, fragment=fragment)
    assert found["state"][:3] == ["ethanol", "SchNet", True]
    assert len(found["state"][3]) == 1
    assert found["hidden"] is False
    assert found["after"][0::2] == ["methanol", False]
    assert found["unknown"] == found["after"]


def test_a_click_on_a_band_or_a_line_moves_the_nearest_mode(
    browser: str, page: Path, tmp_path: Path
) -> None:
    script = """
      const canvas = byId("spectrum");
      await wait(100);
      found.rest = positions();
      found.began = byId("play").textContent;
      const band = canvas.data.find((trace) => trace.name === "PaiNN");
      await clickAt(1071, band.y[1071], "yaxis");
      found.mode = pressed();
      found.source = byId("motion-source").value;
      found.marked = canvas.layout.shapes.at(-1).x0;
      found.facts = byId("mode-facts").textContent;
      found.address = location.hash;
      found.samples = [];
      for (let i = 0; i < 6; i += 1) {
        await wait(130);
        found.samples.push(positions());
      }
      found.playing = byId("play").textContent;
      byId("play").click();
      found.stopped = positions();
      const sticks = canvas.data.find((trace) => trace.yaxis === "y2");
      await clickAt(3640, sticks.y[34], "yaxis2"); // the upper end of the last of twelve lines
      found.line = [byId("motion-source").value, ...pressed()];
      byId("play").click();
    """
    found = answer(browser, page, tmp_path, script, graphics=SOFTWARE_3D)
    assert found["began"] == "Play"
    modes = next(
        entry.modes
        for entry in STUDY["build_study"]().modes
        if (entry.molecule, entry.source) == ("methanol", "PaiNN")
    )
    nearest = int(np.argmin(np.abs(modes.frequencies_cm1 - 1071)))
    assert found["source"] == "PaiNN"
    assert found["mode"] == [f"{modes.frequencies_cm1[nearest]:.0f}"]
    assert found["marked"] == pytest.approx(modes.frequencies_cm1[nearest], abs=0.01)
    assert f"{modes.frequencies_cm1[nearest]:.1f} cm⁻¹" in found["facts"]
    assert f"vibrations=PaiNN&mode={nearest + 1}" in found["address"]
    assert found["playing"] == "Pause"
    assert_moves_along(found, cartesian_displacements(modes)[nearest])
    assert found["line"] == ["GFN2-xTB", "3640"]


def assert_moves_along(found: dict[str, Any], displacement: Any) -> None:
    """Atoms swing around their rest along *displacement*, and come back to it."""
    rest = np.array(found["rest"])
    moved = np.array(found["samples"]) - rest
    sizes = np.einsum("sax,ax->s", moved, displacement) / np.sum(displacement**2)
    assert np.ptp(sizes) > 0.2  # Å, of an amplitude of 0.4 Å
    assert np.abs(sizes).max() <= 0.4 + 1e-3
    np.testing.assert_allclose(moved, sizes[:, None, None] * displacement, atol=1e-3)
    np.testing.assert_allclose(found["stopped"], rest, atol=1e-6)


def test_motion_waits_where_it_is_not_wanted(browser: str, page: Path, tmp_path: Path) -> None:
    script = """
      byId("modes").children[3].click();
      found.chosen = [pressed(), byId("play").textContent];
      byId("motion").scrollIntoView({ behavior: "instant" });
      const before = positions();
      await wait(300);
      found.still = JSON.stringify(positions()) === JSON.stringify(before);
      byId("play").click();
      await wait(400);
      found.asked = JSON.stringify(positions()) !== JSON.stringify(before);
      byId("play").click();
    """
    option = "--force-prefers-reduced-motion"
    found = answer(browser, page, tmp_path, script, option, graphics=SOFTWARE_3D)
    assert found == {"chosen": [["1142"], "Play"], "still": True, "asked": True}


def test_without_webgl_a_sentence_stands_there_and_all_else_works(
    browser: str, tmp_path: Path
) -> None:
    study = STUDY["build_study"]()
    outcome = Outcome("failed", "another conformer")
    failed = replace(study.modes[2], modes=replace(study.modes[2].modes, outcome=outcome))
    modes = (*study.modes[:2], failed, *study.modes[3:])
    script = """
      const told = () => byId("mode-facts").textContent.includes("another conformer");
      found.shown = !byId("no-webgl").hidden && byId("viewer").hidden && byId("play").disabled;
      byId("modes").children[3].click();
      found.mode = pressed();
      found.reference = told();
      choose("motion-source", "SchNet");
      found.model = told();
      choose("molecule", "formaldehyde");
      found.modes = byId("modes").children.length;
      byId("theme").click();
    """
    page = written(replace(study, modes=modes), tmp_path)
    expected = {"shown": True, "mode": ["1142"], "reference": False, "model": True, "modes": 6}
    assert answer(browser, page, tmp_path, script, graphics=NO_3D) == expected


def test_saved_tables_hold_the_numbers_shown_and_tables_sort(
    browser: str, page: Path, tmp_path: Path
) -> None:
    script = """
      const blobs = [];
      const names = [];
      URL.createObjectURL = (blob) => { blobs.push(blob); return "#"; };
      HTMLAnchorElement.prototype.click = function () { names.push(this.download); };
      const table = document.querySelector(".overview");
      for (const button of table.querySelectorAll(".download")) button.click();
      found.names = names;
      found.texts = await Promise.all(blobs.map((blob) => blob.text()));
      const texts = (row) => [...row.cells].map((cell) => cell.firstChild.data);
      found.shown = [...table.querySelectorAll("tbody tr")].map(texts);
      const header = document.querySelectorAll(".overview th")[1];
      header.querySelector("button").click();
      header.querySelector("button").click();
      found.sorted = [header.ariaSort, document.querySelector(".overview tbody td").textContent];
      const maps = [...document.querySelectorAll(".heat")];
      const visible = () => maps.flatMap((map, place) => (map.hidden ? [] : [place]));
      found.maps = [visible()];
      choose("heat", "2");
      found.maps.push(visible());
    """
    found = answer(browser, page, tmp_path, script)
    assert found["sorted"] == ["descending", "SchNet"]
    assert found["maps"] == [[0], [2]]
    assert found["names"] == ["overview.csv", "overview.tex"]
    comma, latex = found["texts"]
    overview = build_tables(STUDY["build_study"]())[0]
    assert (comma, latex) == (csv_text(overview), latex_text(overview))
    rows = list(csv.reader(io.StringIO(comma)))[1:]
    for row, shown in zip(rows, found["shown"], strict=True):
        assert row[0] == shown[0]
        for text in shown[1:]:
            assert any(value and f"{float(value):.3g}" == f"{float(text):.3g}" for value in row[1:])
            assert f"${text}" in latex


def test_text_has_contrast_in_light_and_dark(browser: str, page: Path, tmp_path: Path) -> None:
    script = f"""
      const grounds = [];
      const measure = () => {{ {CONTRAST} grounds.push(found.ground); return low; }};
      found.light = measure();
      byId("theme").click();
      found.dark = measure();
      found.ground = grounds;
    """
    found = answer(browser, page, tmp_path, script)
    assert found["ground"] == ["rgb(253, 253, 251)", "rgb(22, 24, 27)"]
    assert found["light"] == found["dark"] == []
    assert found["count"] > 300


def test_nothing_sticks_out_on_a_phone_whose_system_is_dark(
    browser: str, page: Path, tmp_path: Path
) -> None:
    script = """
      choose("molecule", "ethanol");
      tick("residual");
      for (const details of document.querySelectorAll("details")) details.open = true;
      await wait(300);
      const dark = getComputedStyle(document.body).backgroundColor === "rgb(22, 24, 27)";
      const widths = [document.documentElement, byId("spectrum")].map((one) => one.scrollWidth);
      document.title = `width ${widths} ${dark}`;
    """
    scripted = with_script(page, tmp_path, script)
    frame = tmp_path / "frame.html"
    frame.write_text(
        f'<iframe src="{scripted.name}" style="width:390px;height:800px;border:0"></iframe>'
        "<script>setInterval(() => {"
        "const inner = document.querySelector('iframe').contentDocument;"
        "if (inner.title.startsWith('width')) document.title = inner.title;}, 50)</script>",
        encoding="utf-8",
    )
    options = ("--allow-file-access-from-files", DARK)
    elements, _ = rendered(browser, frame, tmp_path / "d", *options)
    assert "<title>width 390,358 true</title>" in elements


def test_a_study_without_spectra_or_modes_works(browser: str, tmp_path: Path) -> None:
    study = STUDY["build_study"]()
    bare = replace(study, spectra=(), modes=(), structure_errors=(), correlations=())
    script = """
      found.canvases = document.querySelectorAll(".canvas").length;
      found.explorer = Boolean(byId("spectrum"));
      byId("theme").click();
      document.querySelector(".sort").click();
    """
    found = answer(browser, written(bare, tmp_path), tmp_path, script)
    assert found == {"canvases": 8, "explorer": False}


def test_the_page_of_several_studies_works(browser: str, tmp_path: Path) -> None:
    helpers = runpy.run_path(str(HERE.parent / "report" / "test_studies.py"))
    found_alike = helpers["protocols"]()
    summaries = [
        helpers["summary"]("First", {"PaiNN": "PaiNN"}, found_alike),
        helpers["second"](found_alike),
    ]
    page = tmp_path / "comparison.html"
    page.write_text(render_comparison(compare_studies(summaries)), encoding="utf-8")
    script = """
      byId("theme").click();
      found.ground = getComputedStyle(document.body).backgroundColor;
      const header = document.querySelector(".overview th");
      header.querySelector("button").click();
      header.querySelector("button").click();
      found.first = document.querySelector(".overview tbody td").textContent;
    """
    found = answer(browser, page, tmp_path, script)
    assert found == {"ground": "rgb(22, 24, 27)", "first": "Second"}


def test_names_are_text_wherever_they_are_shown(browser: str, tmp_path: Path) -> None:
    study = STUDY["build_study"]()
    evil = '<img src="x" onerror="document.title=1"><b>&amp;%{x}</b>'

    def named(name: str) -> str:
        return f"{evil} {name}"

    page = written(
        replace(
            study,
            spectra=tuple(
                replace(one, molecule=named(one.molecule), source=named(one.source))
                for one in study.spectra
            ),
            modes=tuple(
                replace(one, molecule=named(one.molecule), source=named(one.source))
                for one in study.modes
            ),
            scores=tuple(
                replace(one, molecule=named(one.molecule), model=named(one.model))
                for one in study.scores
                if one.molecule and one.model
            ),
        ),
        tmp_path,
    )
    script = """
      const canvas = byId("spectrum");
      document.querySelector(".heat:not([hidden]) tbody tr:nth-child(3) a").click();
      await wait(200);
      found.molecule = byId("molecule").value;
      found.source = byId("motion-source").value;
      found.legend = document.querySelector(".explorer .legend button").textContent;
      Plotly.Fx.hover(canvas, [{ curveNumber: 1, pointNumber: 2900 }]);
      await wait(200);
      found.hover = [...canvas.querySelectorAll(".hovertext .name")].map((one) => one.textContent);
      found.marked = document.querySelectorAll("img, b").length;
    """
    found = answer(browser, page, tmp_path, script)
    assert found == {
        "molecule": named("ethanol"),
        "source": named("GFN2-xTB"),
        "legend": named("GFN2-xTB"),
        "hover": [named("GFN2-xTB")],
        "marked": 0,
    }
