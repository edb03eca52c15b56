"""The settings of the pose embedding: those without sense are refused."""

from dataclasses import replace

import pytest

from maquette.errors import SettingError
from maquette.methods.embedding.config import TINY


@pytest.mark.parametrize("change", [{"steps": 0}, {"batch": 0}, {"learning_rate": 0.0}, {"longest_turn": 0}])
def test_settings_without_sense_are_refused(change):
    with pytest.raises(SettingError, match="makes no sense"):
        replace(TINY, **change)
