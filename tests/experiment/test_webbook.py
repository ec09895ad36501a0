"""Fetching from the WebBook, with pages of its shape in place of the network."""

import json
import sys
from types import ModuleType, SimpleNamespace

import pytest

from vibench.core.errors import InputError, MissingDependencyError
from vibench.experiment import webbook
from vibench.experiment.webbook import choose, fetch_spectra


def jdx(state, *, resolution="2"):
    """Return the header of a spectrum as the WebBook sends it."""
    return (
        f"##TITLE=ETHANOL\n##JCAMP-DX=4.24\n##STATE={state}\n##RESOLUTION={resolution}\n"
        "##$NIST SOURCE=COBLENTZ\n##YUNITS=TRANSMITTANCE\n##END=\n"
    )


class FakeWebBook:
    """Stands for the nistchempy package."""

    def __init__(self, texts, *, ids=("C64175",), has_infrared=True):
        self.texts, self.ids, self.has_infrared = texts, list(ids), has_infrared
        self.searches = []
        self.RequestConfig = SimpleNamespace

    def run_search(self, identifier, kind, *, request_config):
        self.searches.append((identifier, kind))
        assert request_config.delay >= 5
        return SimpleNamespace(compound_ids=self.ids, message="Name Not Found")

    def get_compound(self, identifier, *, request_config):
        assert identifier == self.ids[0]
        return SimpleNamespace(
            data_refs={"cIR": "page"} if self.has_infrared else {}, get_ir_spectra=self.spectra
        )

    def spectra(self):
        if self.texts is None:
            return None
        return [
            SimpleNamespace(spec_idx=index, jdx_text=text) for index, text in self.texts.items()
        ]


@pytest.fixture
def install(monkeypatch):
    """Return a function that puts a module in the place of nistchempy."""

    def function(fake):
        monkeypatch.setitem(sys.modules, "nistchempy", fake)
        return fake

    return function


def test_gas_phase_spectra_are_kept_and_fetched_once(install, tmp_path):
    texts = {"0": jdx("LIQUID"), "1": jdx("GAS (70 mmHg)"), "2": jdx("vapor", resolution="4")}
    texts["3"] = "##TITLE=Spectrum not found.\n##END=\n"
    fake = install(FakeWebBook(texts))
    entries = fetch_spectra("Ethanol", tmp_path)
    assert [entry.index for entry in entries] == ["1", "2"]
    assert entries[0].path.read_text() == texts["1"]
    assert entries[0].path == tmp_path / "webbook" / "ethanol" / "1.jdx"
    assert "state GAS (70 mmHg); nist source COBLENTZ" in entries[0].description
    assert "do not redistribute" in (entries[0].path.parent / "TERMS.txt").read_text()
    assert fetch_spectra(" ETHANOL ", tmp_path) == entries
    assert fake.searches == [("Ethanol", "name")]
    fetch_spectra("64-17-5", tmp_path)
    assert fake.searches[1:] == [("64-17-5", "cas")]
    with pytest.raises(InputError, match=r"several gas-phase spectra; choose(.|\n)*--index 2: "):
        choose(entries, None, "ethanol")
    with pytest.raises(InputError, match="no spectrum of index '0'"):
        choose(entries, "0", "ethanol")
    assert choose(entries, "2", "ethanol") is entries[1]
    assert choose(entries[:1], None, "ethanol") is entries[0]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"texts": {"0": jdx("LIQUID")}}, r"no gas-phase infrared spectrum.*1 others \(LIQUID\)"),
        ({"texts": None, "has_infrared": False}, "no gas-phase infrared spectrum"),
        ({"texts": None}, "did not answer"),
        ({"texts": {}, "ids": ()}, "found Name Not Found"),
        ({"texts": {}, "ids": ("C1", "C2")}, "found C1, C2; give its CAS"),
    ],
)
def test_what_is_not_there_leaves_no_trace(install, tmp_path, settings, message):
    install(FakeWebBook(**settings))
    with pytest.raises(InputError, match=message):
        fetch_spectra("ethanol", tmp_path)
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize("error", [ConnectionError("no route"), TimeoutError(), KeyError("x")])
def test_a_network_that_fails_is_one_clear_error(install, tmp_path, error):
    fake = FakeWebBook({"0": jdx("gas")})

    def fail():
        raise error

    fake.spectra = fail
    install(fake)
    with pytest.raises(
        InputError, match=f"cannot be reached or understood .{type(error).__name__}"
    ):
        fetch_spectra("ethanol", tmp_path)
    assert list(tmp_path.rglob("*")) == []


def test_writing_that_fails_leaves_nothing_half_written(install, tmp_path, monkeypatch):
    install(FakeWebBook({"0": jdx("gas"), "1": jdx("gas")}))

    def fail(*_, **__):
        raise OSError("disk full")

    monkeypatch.setattr(webbook.json, "dumps", fail)
    with pytest.raises(InputError, match="cannot write to the cache"):
        fetch_spectra("ethanol", tmp_path)
    assert list((tmp_path / "webbook").iterdir()) == []
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, "nistchempy", FakeWebBook({"0": jdx("gas")}))
    assert len(fetch_spectra("ethanol", tmp_path)) == 1


def test_a_damaged_cache_is_said(tmp_path):
    place = tmp_path / "webbook" / "ethanol"
    place.mkdir(parents=True)
    with pytest.raises(InputError, match="is damaged"):
        fetch_spectra("ethanol", tmp_path)
    (place / "order.json").write_text(json.dumps(["0"]))
    with pytest.raises(InputError, match="delete the folder and fetch again"):
        fetch_spectra("ethanol", tmp_path)
    with pytest.raises(InputError, match="neither a name nor a CAS"):
        fetch_spectra(" / ", tmp_path)


def test_the_extra_is_named_if_it_is_missing(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "nistchempy", None)
    with pytest.raises(MissingDependencyError, match=r"vibench\[nist\]"):
        fetch_spectra("ethanol", tmp_path)


def test_cache_folder_can_be_chosen(tmp_path, monkeypatch):
    monkeypatch.setenv(webbook.CACHE, str(tmp_path))
    assert webbook.cache_folder() == tmp_path
    monkeypatch.delenv(webbook.CACHE)
    assert webbook.cache_folder().name == "vibench"


PAGE = '<html><body><main><h1 id="Top">Ethanol</h1><ul>{}</ul></main></body></html>'
LINK = '<li><a href="/cgi/cbook.cgi?ID=C64175&amp;Units=SI&amp;{}">{}</a></li>'
COMPOUND_PAGE = PAGE.format(
    "<li><strong>CAS Registry Number:</strong> 64-17-5</li>"
    "<li><strong>Other data available:</strong><ul>"
    + LINK.format("Mask=1#Thermo-Gas", "Gas phase thermochemistry data")
    + LINK.format("Mask=80#IR-Spec", "IR Spectrum")
    + "</ul></li>"
)
SPECTRA_PAGE = PAGE.format(
    LINK.format("Type=IR-SPEC&amp;Index=0#IR-SPEC", "liquid")
    + LINK.format("Type=IR-SPEC&amp;Index=3#IR-SPEC", "gas")
)


def test_the_package_understands_pages_of_the_shape_of_the_webbook(tmp_path, monkeypatch):
    nistchempy = pytest.importorskip("nistchempy")
    assert isinstance(nistchempy, ModuleType)
    monkeypatch.setattr(webbook, "_SECONDS_BETWEEN_REQUESTS", 0.0)
    asked = []

    def get(url, params=None, **_):
        query = f"{url}?" + "&".join(f"{name}={value}" for name, value in params.items())
        asked.append(query)
        if "JCAMP" in query:
            text, kind = jdx("gas" if "Index=3" in query else "liquid"), "chemical/x-jcamp-dx"
        else:
            text, kind = SPECTRA_PAGE if "Mask=80" in url else COMPOUND_PAGE, "text/html"
        return SimpleNamespace(ok=True, text=text, headers={"content-type": kind}, url=query)

    monkeypatch.setattr("nistchempy.requests._requests.get", get)
    (entry,) = fetch_spectra("ethanol", tmp_path)
    assert entry.index == "3"
    assert entry.path.read_text() == jdx("gas")
    assert len(asked) == 5
    monkeypatch.setattr(
        "nistchempy.requests._requests.get",
        lambda *_, **__: SimpleNamespace(ok=False, text="", headers={}, url=""),
    )
    with pytest.raises(InputError, match="methanol"):
        fetch_spectra("methanol", tmp_path)
    assert not (tmp_path / "webbook" / "methanol").exists()
