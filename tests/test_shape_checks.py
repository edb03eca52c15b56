"""The test run checks shapes: of the first calls in every test, not of all turns of a long loop."""

import pytest
import shape_checks
import torch
from jaxtyping import TypeCheckError

from maquette.geometry.rotation import heading_rotation

WRONG = [0.0]
"""No tensor."""


def test_what_has_another_type_than_is_written_is_refused():
    with pytest.raises(TypeCheckError):
        heading_rotation(WRONG)


def test_a_long_loop_is_let_off_and_the_next_test_checked_again():
    for _ in range(shape_checks.MOST):
        heading_rotation(torch.zeros(1))
    with pytest.raises(AttributeError, match="'list' object"):
        heading_rotation(WRONG)
    shape_checks.begin_test()
    with pytest.raises(TypeCheckError):
        heading_rotation(WRONG)
