"""Settings that nobody writes by hand, as fuzzing found them, and names that lead elsewhere."""

import pytest

from vibench.core.errors import InputError
from vibench.pipeline.event_files import training_log
from vibench.pipeline.meter import Meter, Spent
from vibench.pipeline.progress import read_progress
from vibench.pipeline.short_forms import read_potential
from vibench.pipeline.study import read_study

STUDY = """title = "x"
[data]
molecules = ["water"]
[data.label]
[reference]
kind = "gfn2"
[[models]]
name = "A"
"""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seeds = 1000000000", "seeds: .*less than or equal to 1000"),
        ('preset = "tiny"\narchitecture = {architecture = []}', "architecture"),
        ("a = " + "[" * 100_000, "not valid TOML"),
        ("a = " + "9" * 5000, "not valid TOML"),
        ('potential = {kind = "learned", path = "a\\u0000b"}', r"."),
    ],
)
def test_studies_that_nobody_writes(tmp_path, text, message):
    path = tmp_path / "study.toml"
    path.write_text(STUDY)
    assert read_study(path, measured={}).title == "x"
    path.write_text(STUDY + text + "\n")
    if message == ".":  # refused where the file is looked for
        assert read_study(path, measured={}).models[0].potential is not None
    else:
        with pytest.raises(InputError, match=message):
            read_study(path, measured={})


def test_keys_that_are_called_like_a_kind(tmp_path):
    path = tmp_path / "p.toml"
    path.write_text('kind = "gfn2"\ngfn2 = 1\n')
    with pytest.raises(InputError, match="unknown key 'gfn2"):
        read_potential(str(path), dtype="float64")


@pytest.mark.parametrize(
    "text", ["", "[]", "3", "{}", '{"done": "1", "total": 2}', "\xff", '{"done": ' * 100_000]
)
def test_notes_of_running_tasks_may_be_damaged(tmp_path, text):
    for name in ("progress.json", "spent.json"):
        (tmp_path / name).write_text(text, encoding="latin-1")
    assert read_progress(tmp_path) is None
    assert Meter(tmp_path).spent().wall_s < 100


@pytest.mark.parametrize("value", ["-5", "1e400", "NaN", '"x"'])
def test_times_that_cannot_be_start_anew(tmp_path, value):
    (tmp_path / "spent.json").write_text(f'{{"wall_s": {value}, "processor_s": 1.0}}')
    assert 0 <= Meter(tmp_path).spent().wall_s < 100
    (tmp_path / "spent.json").write_text('{"wall_s": 500, "processor_s": 1.0}')
    assert Meter(tmp_path).spent() >= Spent(500.0, 1.0)


@pytest.mark.parametrize("name", ["..", "../../x", "/tmp/x", "a\0b", "CON", "x" * 300])
def test_event_files_stay_in_their_folder(tmp_path, name):
    pytest.importorskip("tensorboard")
    folder = tmp_path / "outer" / "logs"
    with training_log(str(folder), f"train · {name}") as log:
        log({"epoch": 1.0, "loss": 2.0})
    (place,) = folder.iterdir()
    assert place.is_dir()
    assert [path.name for path in (tmp_path / "outer").iterdir()] == ["logs"]
