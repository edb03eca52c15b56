"""Small folders of every data set in its real layout."""

import made_coco
import made_human36m
import made_lsp
import made_mpi_inf_3dhp
import made_mpii
import made_mupots
import made_three_dpw
import numpy as np
from painted_people import painted_picture

from maquette.data.shards.files import write_shard


def human36m(root):
    """Seven frames of one action and three of another, by four cameras, as the registered download has them."""
    made_human36m.write_official(root, "S9", "Directions 1", made_human36m.world(1))
    made_human36m.write_official(root, "S11", "Walking", made_human36m.world(2, frames=3))


def human36m_hdf5(root):
    made_human36m.write_hdf5_cameras(root)
    made_human36m.write_hdf5(root, "S9", "Photo 1", made_human36m.world(1))
    made_human36m.write_hdf5(root, "S11", "Walking", made_human36m.world(2, frames=3))


def mpi_inf_3dhp(root):
    """Three valid frames of each of two sequences; four others are missing."""
    made_mpi_inf_3dhp.write_test(root, "TS1")
    made_mpi_inf_3dhp.write_test(root, "TS2")


def apart(cells):
    """The second person stands 700 px beside the first."""
    for cell in cells[:, 1]:
        cell["annot2"] = cell["annot2"] + np.array([[700.0], [0.0]])


def mupots(root):
    """Five valid persons in each of two sequences."""
    made_mupots.write(root, "TS1", spoil=apart)
    made_mupots.write(root, "TS2", spoil=apart)


def three_dpw(root):
    content = made_three_dpw.sequence()
    content["campose_valid"][1][2] = 0
    made_three_dpw.write(root, content)


def mpii(root):
    """Two people whose heads are 30 px (0.6 of a diagonal of 50), one of twice that."""
    made_mpii.written(root, [made_mpii.exported(number, f"{number}.jpg") for number in range(3)])
    made_mpii.write_heads(root, [10, 10, 20])


def coco(root):
    """Two people of medium size in one picture, a large one in another."""
    places = {1: (3, 5e3), 2: (7, 2e4), 3: (3, 5e3)}
    people = [made_coco.person(number, picture, area=area) for number, (picture, area) in places.items()]
    made_coco.write(root / "annotations" / "person_keypoints_val2017.json", made_coco.document(annotations=people))


def lsp(root):
    """Two people to be judged whose torso is 100 px."""
    numbers = made_lsp.numbers(1002)
    places = made_lsp.LSP_14.indices("l_shoulder", "r_hip")
    numbers[:, places, :2] = [[41, 31], [101, 111]]
    made_lsp.lsp(root, numbers)


def synthetic(root):
    """Three pictures of one person, two of two people, and a clip of four frames, each in a folder of its own."""
    write_shard(root / "single", 0, [painted_picture(1, size=64, seed=seed) for seed in range(3)])
    write_shard(root / "multi", 0, [painted_picture(2, seed=seed, identity=2 * seed) for seed in range(2)])
    frames = [painted_picture(1, size=64, seed=frame, clip=7, frame=frame) for frame in range(4)]
    write_shard(root / "video", 0, frames)


BUILDERS = {
    "human3.6m": human36m, "human3.6m in HDF5": human36m_hdf5, "mpi-inf-3dhp": mpi_inf_3dhp, "mupots-3d": mupots,
    "3dpw": three_dpw, "mpii": mpii, "coco": coco, "lsp": lsp, "synthetic": synthetic,
}  # fmt: skip
"""By the name that protocols call the data set; each fills an empty folder."""
