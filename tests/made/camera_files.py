"""Camera files that are refused, and how."""

import pytest

from maquette.errors import InputError
from maquette.io.camera import read_camera


def refusal(path, **wanted):
    with pytest.raises(InputError) as caught:
        read_camera(path, **wanted)
    message = str(caught.value)
    assert message.startswith(str(path)) and "\n" not in message
    return message
