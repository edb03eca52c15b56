"""The settings of TP-Net: windows of the paper's ablation, and those that make no sense."""

import pytest

from maquette.errors import SettingError
from maquette.methods.temporal.config import COMPACT, PAPER, bidirectional, online


@pytest.mark.parametrize("window", [4, 10, 20])
def test_windows_of_the_ablation(window):
    past, future = online(PAPER, window), bidirectional(PAPER, window)
    assert (past.past, past.future, past.window) == (window - 1, 0, window)
    assert future.window == window and future.past - future.future == 1
    assert online(COMPACT, 20) == COMPACT


@pytest.mark.parametrize("window", [0, -3, 10_000])
def test_windows_without_sense_are_refused(window):
    for make in (online, bidirectional):
        with pytest.raises(SettingError, match="makes no sense"):
            make(PAPER, window)
