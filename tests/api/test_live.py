"""How fast a live run was, in two numbers."""

import numpy as np
import pytest

from maquette.api.live import Latency


def test_latency_is_the_median_and_what_nineteen_of_twenty_frames_keep_to():
    latency = Latency.of(np.random.default_rng(0).permutation(np.arange(101) / 1000))
    assert (latency.median_s, latency.high_s) == (pytest.approx(0.050), pytest.approx(0.095))
    assert Latency.of(np.array([0.2])) == (0.2, 0.2)
