"""Files that are no weights: garbage, pickles, cut off ones, folders, and huge ones; every reader must refuse them."""

import pickle

import pytest

from maquette.errors import InputError


class Trap:
    """Raises an alarm when it is unpickled."""

    def __reduce__(self):
        return (pytest.fail, ("a user's file was unpickled",))


GARBAGE = (
    b"",
    b"12345678",
    bytes(range(256)) * 4,
    (2**63).to_bytes(8, "little") + b"{}",
    (2).to_bytes(8, "little") + b"[]",
    (40).to_bytes(8, "little") + b'{"a":{"dtype":"F32","shape":[9],"data_of',
    pickle.dumps(Trap()),
    b"PK\x03\x04" + pickle.dumps(Trap()),
)


def check_all_refused(read, folder, content):
    """Whatever lies at the path that is no whole file of weights is refused by name; ``content`` is a whole one."""
    path = folder / "net.safetensors"
    for length in (1, 7, 8, 9, 100, 500, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:length])
        with pytest.raises(InputError, match=r"net\.safetensors"):
            read(path)
    for garbage in GARBAGE:
        path.write_bytes(garbage)
        with pytest.raises(InputError, match=r"net\.safetensors"):
            read(path)
    for absent in (folder, folder / "absent.safetensors"):
        with pytest.raises(InputError, match="no file"):
            read(absent)
    with path.open("wb") as file:
        file.truncate(2_000_000_000)
    with pytest.raises(InputError, match="larger than any weights"):
        read(path)
