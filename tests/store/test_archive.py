"""Archives: the same bytes each time, and nothing out of them that the manifest does not list."""

import json
import stat
import struct
import warnings
import zipfile

import pytest

from vibench.core.errors import InputError
from vibench.store.archive import MANIFEST, Archive, check_folder, write_archive

FILES = {"a/long.txt": b"0123456789" * 500, "b.txt": b"second"}
LIMIT = 2**20


@pytest.fixture
def archive(tmp_path):
    """An archive of two files, one of them from the disk."""
    (tmp_path / "long.txt").write_bytes(FILES["a/long.txt"])
    path = tmp_path / "new" / "archive.zip"
    write_archive(path, {**FILES, "a/long.txt": tmp_path / "long.txt"}, {"study": "Wässer"})
    return path


def unpacked(path, folder):
    folder.mkdir()
    with Archive(path, largest_bytes=LIMIT) as opened:
        return opened.unpack(folder)


def rewritten(path, change):
    """Write the archive anew with *change* done to its members, name → (info, content)."""
    with zipfile.ZipFile(path) as old:
        members = {info.filename: (info, old.read(info)) for info in old.infolist()}
    change(members)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for info, content in members.values():
            new.writestr(info, content)
    return path


def test_what_is_packed_is_unpacked(archive, tmp_path):
    assert unpacked(archive, tmp_path / "out") == {}
    for name, content in FILES.items():
        assert (tmp_path / "out" / name).read_bytes() == content
    manifest, faults = check_folder(tmp_path / "out")
    assert (dict(manifest.sizes), faults) == ({"a/long.txt": 5000, "b.txt": 6}, {})
    assert manifest.about == {"study": "Wässer"}
    assert [path.name for path in archive.parent.iterdir()] == ["archive.zip"]


def test_equal_files_give_equal_bytes(archive, tmp_path):
    other = tmp_path / "other.zip"
    write_archive(other, dict(reversed(FILES.items())), {"study": "Wässer"})
    assert other.read_bytes() == archive.read_bytes()


def test_a_flipped_byte_is_found(archive, tmp_path):
    content = bytearray(archive.read_bytes())
    with zipfile.ZipFile(archive) as opened:
        info = opened.getinfo("a/long.txt")
    content[info.header_offset + 30 + len(info.filename) + info.compress_size // 2] ^= 1
    archive.write_bytes(content)
    assert set(unpacked(archive, tmp_path / "out")) == {"a/long.txt"}
    assert not (tmp_path / "out/a/long.txt").exists()


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"SECOND", "another content"),
        (b"seconds", "larger than the 6 bytes"),
        (b"secon", "5 bytes, manifest.json says 6"),
    ],
)
def test_another_content_is_found(archive, tmp_path, content, fault):
    rewritten(archive, lambda members: members.update({"b.txt": ("b.txt", content)}))
    faults = unpacked(archive, tmp_path / "out")
    assert list(faults) == ["b.txt"]
    assert fault in faults["b.txt"]


def test_missing_and_unlisted_members_are_named_and_not_written(archive, tmp_path):
    def change(members):
        del members["b.txt"]
        members["c.txt"] = ("c.txt", b"new")

    faults = unpacked(rewritten(archive, change), tmp_path / "out")
    assert faults == {"b.txt": "missing", "c.txt": f"not listed in {MANIFEST}"}
    assert not (tmp_path / "out/c.txt").exists()


@pytest.mark.parametrize(
    "name", ["../out.txt", "/etc/out.txt", "a/../../out.txt", "C:/out.txt", "a\\out.txt", "a//b"]
)
def test_names_that_lead_out_are_refused(archive, tmp_path, name):
    rewritten(archive, lambda members: members.update({"x": (name, b"out")}))
    with pytest.raises(InputError, match="could lead out of the folder"):
        unpacked(archive, tmp_path / "out")
    assert not (tmp_path / "out.txt").exists()
    with pytest.raises(InputError, match="could lead out of the folder"):
        write_archive(tmp_path / "bad.zip", {name: b"out"}, {})


def test_names_of_the_manifest_that_lead_out_are_refused(archive, tmp_path):
    def change(members):
        info, text = members[MANIFEST]
        content = json.loads(text)
        content["members"]["../out.txt"] = content["members"]["b.txt"]
        members[MANIFEST] = (info, json.dumps(content))

    with pytest.raises(InputError, match="could lead out of the folder"):
        unpacked(rewritten(archive, change), tmp_path / "out")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFDIR])
def test_members_that_are_no_files_are_refused(archive, tmp_path, kind):
    def change(members):
        link = zipfile.ZipInfo("b.txt")
        link.create_system, link.external_attr = 3, (kind | 0o777) << 16
        members["b.txt"] = (link, b"/etc/passwd")

    with pytest.raises(InputError, match="a link or something else"):
        unpacked(rewritten(archive, change), tmp_path / "out")


def test_a_member_that_is_there_twice_is_refused(archive, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # zipfile's, about the duplicate
        rewritten(archive, lambda members: members.update({"x": ("b.txt", b"other")}))
    with pytest.raises(InputError, match="there twice"):
        unpacked(archive, tmp_path / "out")


def test_an_archive_that_says_it_is_too_large_is_refused(archive):
    with pytest.raises(InputError, match="raise --largest-gib"):
        Archive(archive, largest_bytes=5000)


def test_a_bomb_is_written_no_further_than_the_manifest_says(archive, tmp_path):
    bomb = bytes(64 * 2**20)
    rewritten(archive, lambda members: members.update({"b.txt": ("b.txt", bomb)}))
    content = archive.read_bytes()
    assert len(content) < 2**20
    # Its headers lie about the size, too.
    archive.write_bytes(content.replace(struct.pack("<L", len(bomb)), struct.pack("<L", 6)))
    faults = unpacked(archive, tmp_path / "out")
    assert list(faults) == ["b.txt"]
    assert not (tmp_path / "out/b.txt").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"no archive", "is no archive of vibench"),
        (b"{}", "is not one of vibench"),
        (b'{"kind": "vibench export", "schema": 9, "members": {}}', "schema 9"),
        (b"[" * 100_000, "is not one of vibench"),
    ],
)
def test_what_is_no_archive_is_refused(tmp_path, content, message):
    path = tmp_path / "other.zip"
    path.write_bytes(content)
    if content != b"no archive":
        with zipfile.ZipFile(path, "w") as other:
            other.writestr(MANIFEST, content)
    with pytest.raises(InputError, match=message):
        Archive(path, largest_bytes=LIMIT)


def test_a_folder_is_checked_without_following_links(archive, tmp_path):
    folder = tmp_path / "out"
    unpacked(archive, folder)
    (folder / "b.txt").write_bytes(b"SECOND")
    (folder / "a").rename(tmp_path / "moved")
    (folder / "a").symlink_to(tmp_path / "moved")
    assert check_folder(folder)[1] == {
        "a/long.txt": "a link, not a file",
        "b.txt": "another content than recorded",
    }
    with pytest.raises(InputError, match="no unpacked archive"):
        check_folder(tmp_path)
