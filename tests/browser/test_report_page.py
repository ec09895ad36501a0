"""The page of the report in a real browser, from disk and without a network."""

import re
import runpy
import shutil
import subprocess
from pathlib import Path

import pytest

from vibench.report.write import write_report

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
STUDY = runpy.run_path(str(Path(__file__).parents[1] / "report" / "synthetic_study.py"))

# Headless Chromium keeps its own messages on the same stream; scripts speak as CONSOLE.
CONSOLE = re.compile(r"CONSOLE.*")


@pytest.fixture(scope="module")
def browser() -> str:
    """Path of a Chromium, or a skipped test."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium on PATH; install the package 'chromium' to run this test")
    return found


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A written report."""
    return write_report(STUDY["build_study"](), tmp_path_factory.mktemp("report"))


def rendered(browser: str, page: Path, profile: Path, *options: str) -> tuple[str, list[str]]:
    """Return the page's elements after its scripts have run, and what they wrote to the console."""
    command = [
        browser,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        "--enable-logging=stderr",
        "--hide-scrollbars",
        "--window-size=1280,900",
        "--virtual-time-budget=20000",
        f"--user-data-dir={profile}",
        *options,
        "--dump-dom",
        page.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout, CONSOLE.findall(done.stderr)


def with_script(page: Path, folder: Path, script: str) -> Path:
    """Return a copy of *page* that runs *script* once its plots are drawn."""
    waiting = f"""<script>
    const timer = setInterval(() => {{
      if (!document.documentElement.hasAttribute("data-drawn")) return;
      clearInterval(timer);
      {script}
    }}, 20);
    </script></body>"""
    copy = folder / "scripted.html"
    copy.write_text(page.read_text(encoding="utf-8").replace("</body>", waiting), encoding="utf-8")
    return copy


def test_every_plot_is_drawn_and_the_console_is_silent(
    browser: str, page: Path, tmp_path: Path
) -> None:
    elements, console = rendered(browser, page, tmp_path)
    assert console == []
    assert 'data-drawn="true"' in elements
    canvases = elements.count('class="canvas')
    assert canvases == 3 + (3 + 2) + 1 + 2 * 4  # spectra, test sets, harmonic, training
    assert len(re.findall(r'class="canvas \w+ js-plotly-plot', elements)) == canvases
    assert elements.count('class="main-svg"') > 0
    assert "Share chart" not in re.sub(r"<script.*?</script>", "", elements, flags=re.DOTALL)
    assert elements.count('aria-pressed="true"') >= 9


def test_dark_colours_follow_the_system(browser: str, page: Path, tmp_path: Path) -> None:
    report = "document.title = getComputedStyle(document.body).backgroundColor;"
    scripted = with_script(page, tmp_path, report)
    option = "--blink-settings=preferredColorScheme=0"
    dark, console = rendered(browser, scripted, tmp_path / "profile", option)
    assert "<title>rgb(22, 24, 27)</title>" in dark
    assert console == []


def test_controls_change_the_page(browser: str, page: Path, tmp_path: Path) -> None:
    script = """
      const canvas = document.getElementById("spectrum-0");
      const figure = canvas.closest("figure");
      const visible = () => canvas.data.filter((trace) => trace.visible === true).length;
      const before = visible();
      figure.querySelector(".legend button").click();
      const hidden = before - visible();
      figure.querySelectorAll(".ranges button")[2].click();
      const range = canvas.layout.xaxis.range.join(",");
      document.getElementById("theme").click();
      const ground = getComputedStyle(document.body).backgroundColor;
      const kept = before - visible() === hidden && canvas.layout.xaxis.range.join(",") === range;
      const header = document.querySelectorAll(".overview th")[1];
      header.querySelector("button").click();
      header.querySelector("button").click();
      const first = document.querySelector(".overview tbody td").textContent;
      document.title = [hidden, range, ground, kept, header.ariaSort, first].join("|");
    """
    elements, console = rendered(browser, with_script(page, tmp_path, script), tmp_path / "c")
    assert console == []
    # The reference owns three traces: its shading, its band and its harmonic lines.
    assert "<title>3|2000,1500|rgb(22, 24, 27)|true|descending|SchNet</title>" in elements


def test_errors_against_time_and_correlations_are_shown(
    browser: str, page: Path, tmp_path: Path
) -> None:
    script = """
      const trace = document.getElementById("trace-0");
      const matrix = document.getElementById("correlation-0");
      const cells = matrix.querySelectorAll(".heatmap-label").length;
      const [bottom, top] = matrix.layout.yaxis.range;
      const downward = bottom > top; // the first model stands at the top
      document.title = [trace._fullLayout.yaxis.type, trace.data.length, trace.data[0].x.length,
        matrix.data[0].z.flat().join(","), cells, downward].join("|");
    """
    elements, console = rendered(browser, with_script(page, tmp_path, script), tmp_path / "e")
    assert console == []
    assert "<title>linear|2|400|1,-0.31,-0.31,1|4|true</title>" in elements


def test_nothing_sticks_out_on_a_phone(browser: str, page: Path, tmp_path: Path) -> None:
    scripted = with_script(
        page, tmp_path, "document.title = `width ${document.documentElement.scrollWidth}`;"
    )
    frame = tmp_path / "frame.html"
    frame.write_text(
        f'<iframe src="{scripted.name}" style="width:390px;height:800px;border:0"></iframe>'
        "<script>setInterval(() => {"
        "const inner = document.querySelector('iframe').contentDocument;"
        "if (inner.title.startsWith('width')) document.title = inner.title;}, 50)</script>",
        encoding="utf-8",
    )
    options = ("--allow-file-access-from-files",)
    elements, _ = rendered(browser, frame, tmp_path / "d", *options)
    assert "<title>width 390</title>" in elements
