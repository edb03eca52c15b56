"""Small copies of MuPoTS-3D's files: cells of structs, occlusion beside them."""

import numpy as np
import scipy.io

LENS = np.array([[1500.0, 0, 960], [0, 1500, 540], [0, 0, 1]])
VALID = np.array([[1, 1], [1, 0], [0, 0], [1, 1]])


def person(frame, number):
    space = np.random.default_rng(10 * frame + number).normal(0, 300, (17, 3)) + np.array([0, 0, 4000])
    seen = space @ LENS.T
    return space, seen[:, :2] / seen[:, 2:]


def write(root, sequence="TS1", spoil=None, with_occlusion=True):
    cells, hidden = np.empty(VALID.shape, object), np.empty(VALID.shape, object)
    for place, is_valid in np.ndenumerate(VALID):
        space, seen = person(*place)
        cells[place] = {
            "annot2": seen.T,
            "annot3": space.T,
            "univ_annot3": space.T * 0.9,
            "isValidFrame": np.array([[is_valid]], np.uint8),
        }
        hidden[place] = np.zeros((1, 17))
    hidden[0, 1][0, 4] = 1
    if spoil is not None:
        spoil(cells)
    folder = root / sequence
    folder.mkdir(parents=True, exist_ok=True)
    scipy.io.savemat(folder / "annot.mat", {"annotations": cells})
    if with_occlusion:
        scipy.io.savemat(folder / "occlusion.mat", {"occlusion_labels": hidden})
    return folder
