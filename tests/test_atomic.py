import errno
import os
from pathlib import Path

import pytest

from maquette.atomic import replacing, require_writable_file
from maquette.errors import OutputError


def test_file_appears_whole_under_its_name_in_new_folders(tmp_path):
    path = tmp_path / "new" / "folders" / "result.txt"
    with replacing(path) as temporary:
        assert temporary.parent == path.parent and temporary.suffix == ".txt" and not path.exists()
        temporary.write_text("whole")
    assert path.read_text() == "whole"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("failure", [ValueError("writer"), KeyboardInterrupt(), OSError(errno.ENOSPC, "no space")])
def test_failing_writer_leaves_the_old_file_and_nothing_else(tmp_path, failure):
    path = tmp_path / "result.txt"
    path.write_text("old")
    with pytest.raises((ValueError, KeyboardInterrupt, OutputError)), replacing(path) as temporary:
        temporary.write_text("half")
        raise failure
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EACCES, "no permission"),
        (errno.EROFS, "read-only"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_what_the_disk_refuses_is_said_in_one_sentence(tmp_path, number, words):
    with pytest.raises(OutputError, match=words) as caught, replacing(tmp_path / "result.txt"):
        raise OSError(number, os.strerror(number))
    assert "result.txt" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.skipif(os.name == "nt", reason="Windows says otherwise how long a name may be")
def test_the_longest_name_that_there_can_be_is_written_into_a_new_folder(tmp_path):
    path = tmp_path / "new" / ("x" * (os.pathconf(tmp_path, "PC_NAME_MAX") - 4) + ".txt")
    require_writable_file(path)
    with replacing(path) as temporary:
        temporary.write_text("whole")
    assert list(path.parent.iterdir()) == [path]


def test_paths_that_cannot_be_files(tmp_path):
    (tmp_path / "file").write_text("")
    cases = {
        tmp_path: "is a folder",
        tmp_path / "file" / "result.txt": "part of the path is a file",
        tmp_path / ("x" * 300) / "result.txt": "name is too long",
        tmp_path / "new" / ("x" * 300) / "result.txt": "name is too long",
        tmp_path / "new" / ("x" * 252 + ".txt"): "name is too long",
        tmp_path / "new" / ("ü" * 126 + ".txt"): "name is too long",
    }
    for path, words in cases.items():
        with pytest.raises(OutputError, match=words), replacing(path):
            pass
        with pytest.raises(OutputError, match=words):
            require_writable_file(path)
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


@pytest.mark.skipif(os.name != "posix", reason="devices are files on POSIX systems only")
def test_devices_are_never_replaced():
    null = Path(os.devnull)
    with pytest.raises(OutputError, match="device"), replacing(null):
        pass
    assert null.exists() and not null.is_file()


def test_symbolic_link_stays_a_link(tmp_path):
    target, link = tmp_path / "target.txt", tmp_path / "link.txt"
    target.write_text("old")
    try:
        link.symlink_to(target)
    except OSError:
        pytest.skip("this system makes no symbolic links")
    with replacing(link) as temporary:
        temporary.write_text("new")
    assert link.is_symlink() and target.read_text() == "new"
