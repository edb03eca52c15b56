"""Small copies of the Leeds Sports Poses' file, and of the extended set's."""

import numpy as np
import scipy.io

from maquette.body.catalog import LSP_14


def numbers(count, seed=0):
    """(N, 14, 3), the third number 0 except for the left wrist."""
    found = np.random.default_rng(seed).uniform(1, 150, (count, 14, 3)).round(3)
    found[..., 2] = 0
    found[:, LSP_14.index("l_wrist"), 2] = 1
    return found


def lsp(root, found):
    scipy.io.savemat(root / "joints.mat", {"joints": found.transpose(2, 1, 0)})
    return root


def lspet(root, found):
    scipy.io.savemat(root / "joints.mat", {"joints": found.transpose(1, 2, 0)})
    return root
