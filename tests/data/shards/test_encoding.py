"""A labelled picture as the files of one sample, and back."""

from dataclasses import replace

import numpy as np
import pytest
from painted_people import assert_same_labels, painted_picture

from maquette.data.shards.encoding import DEEPEST_M, INSTANCES_END, decode_picture, encode_picture


@pytest.mark.parametrize("people", [0, 1, 3])
def test_what_is_encoded_is_decoded(people: int):
    picture = painted_picture(people, size=96, clip=7, frame=3)
    again = decode_picture(encode_picture(picture))
    assert_same_labels(picture, again)
    np.testing.assert_allclose(again.depth_m, picture.depth_m, atol=0.0006)
    np.testing.assert_allclose(again.people.bone_rotations, picture.people.bone_rotations, atol=1e-3)
    assert np.abs(again.picture.astype(int) - picture.picture).mean() < 6


def test_instances_are_stored_only_where_parts_do_not_tell_them():
    assert INSTANCES_END not in encode_picture(painted_picture(1, size=64))
    assert INSTANCES_END in encode_picture(painted_picture(2, size=64))


def test_depth_is_stored_to_the_millimetre_and_never_becomes_unknown():
    picture = painted_picture(1, size=32)
    depth = np.zeros_like(picture.depth_m)
    depth[0, :4] = 0.0001, 2.0004, 65.0, 900.0
    again = decode_picture(encode_picture(replace(picture, depth_m=depth))).depth_m
    np.testing.assert_allclose(again[0, :5], [0.001, 2.0, 65.0, DEEPEST_M, 0.0], atol=1e-6)
    assert not decode_picture(encode_picture(picture), has_depth=False).depth_m.any()
