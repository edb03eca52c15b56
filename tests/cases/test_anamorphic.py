"""A video whose pixels are not square gives the same people in 3D as the video that it was made of."""

from fractions import Fraction

import av
import numpy as np
import pytest
import torch

import maquette
from maquette.metrics.position import p_mpjpe

FRAMES = 8


def filmed_again(source, path, *, width, pixel):
    """The first frames of a video, squeezed to a width and said to be shown with pixels of that shape."""
    with av.open(str(source)) as old, av.open(str(path), "w") as new:
        stream = new.add_stream("mpeg4", rate=5, options={"qscale": "2"})
        stream.width, stream.height, stream.pix_fmt = width, 1280, "yuv420p"
        stream.codec_context.sample_aspect_ratio = pixel
        for index, frame in zip(range(FRAMES), old.decode(video=0), strict=False):
            squeezed = frame.reformat(width=width, height=1280, format="yuv420p", interpolation="BICUBIC")
            squeezed.pts, squeezed.time_base = index, Fraction(1, 5)
            new.mux(stream.encode(squeezed))
        new.mux(stream.encode(None))
    return path


def test_pixels_that_are_not_square_change_nobody(shared_data, tmp_path):
    """Kept as they are stored, shapes lie 40 mm apart after alignment and shoulders are 9 per cent narrower."""
    pytest.importorskip("mediapipe")
    video = shared_data / "videos" / "tfjs_pose_squats.mp4"
    square = maquette.predict(filmed_again(video, tmp_path / "square.mp4", width=720, pixel=Fraction(1)))
    narrow = maquette.predict(filmed_again(video, tmp_path / "narrow.mp4", width=540, pixel=Fraction(4, 3)))
    assert narrow.keypoints.image_size == square.keypoints.image_size == (720, 1280)
    assert any("not square" in note for note in narrow.notes) and not any("not square" in n for n in square.notes)
    one, other = (torch.from_numpy(found.poses.joints[:, 0]).double() for found in (square, narrow))
    assert 1000 * p_mpjpe(other, one).mean() < 15
    ends = square.poses.skeleton.indices("l_shoulder", "r_shoulder")
    widths = [
        np.linalg.norm(found.poses.joints[:, 0][:, ends[0]] - found.poses.joints[:, 0][:, ends[1]], axis=-1).mean()
        for found in (square, narrow)
    ]
    assert widths[1] / widths[0] == pytest.approx(1, abs=0.03)
