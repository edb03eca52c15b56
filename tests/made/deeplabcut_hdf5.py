"""DeepLabCut's HDF5, in the layout that pandas writes."""

import pickle

import h5py
import numpy as np
from keypoint_files import array_of, long_names

from maquette.body.catalog import COCO_17

NAMES = long_names(COCO_17)


def write_hdf5(path, array, individuals=None, *, index=None, names=None):
    """Points (F, P, J, 3) in the layout of `DataFrame.to_hdf(path, "df_with_missing", format="table")`."""
    people = individuals or ["single"]
    middle = [((person,) if individuals else ()) for person in people]
    columns = [
        ("DLC_resnet50", *who, joint, axis) for who in middle for joint in NAMES for axis in ("x", "y", "likelihood")
    ]
    index = np.arange(len(array)) if index is None else index
    kind = [("index", index.dtype), ("values_block_0", "<f8", (len(columns),))]
    table = np.zeros(len(array), kind)
    table["index"], table["values_block_0"] = index, array.reshape(len(array), len(columns))
    with h5py.File(path, "w") as file:
        group = file.create_group("df_with_missing")
        group.attrs["CLASS"], group.attrs["pandas_type"] = np.bytes_("GROUP"), np.bytes_("frame_table")
        pickled = pickle.dumps([(1, columns)], protocol=0) if names is None else names
        group.attrs["non_index_axes"] = np.bytes_(pickled)
        group.create_dataset("table", data=table, maxshape=(None,), chunks=(64,))
    return path


def write_sample(folder):
    """Four frames of one person."""
    return write_hdf5(folder / "clipDLC.h5", array_of(COCO_17)[:, :1])
