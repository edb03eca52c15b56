"""The first people of synthetic-v1, as a checksum that other machines can repeat: numbers rounded and compared loosely.

    python tests/golden/synthetic_v1.py [SHARED_DATA]

writes ``synthetic_v1.json`` beside this file; it is only renewed when `GENERATOR_VERSION` goes up.
"""

import json
import sys
from itertools import islice
from pathlib import Path

import numpy as np

from maquette.data.synthesis.studio import Studio
from maquette.data.synthesis.synthesis import Sources
from maquette.data.synthesis.synthetic_v1 import SETS, SyntheticSet
from maquette.rendering.labelled import RENDERED_SKELETON, LabelledPicture

GOLDEN = Path(__file__).with_suffix(".json")
JOINTS = ("pelvis", "nose", "l_wrist", "r_ankle")


def slices(data: Path) -> dict[str, dict[str, object]]:
    """A few numbers of the first pictures of every set."""
    sources = Sources(motion=data / "mocap", assets=data / "makehuman", backgrounds=data / "backgrounds")
    library = sources.library()
    made = {}
    for name, one in SETS.items():
        studio = Studio.open(one.settings, library, assets=sources.assets, backgrounds=sources.backgrounds)
        made[name] = _slice(studio, one)
    return made


def _slice(studio: Studio, one: SyntheticSet) -> dict[str, object]:
    return {"seed": one.seed, "pictures": [_numbers(item) for item in islice(studio.shoot(one.seed, 0), 2)]}


def _numbers(item: LabelledPicture) -> dict[str, object]:
    at = RENDERED_SKELETON.indices(*JOINTS)
    people = item.people
    return {
        "joints_px": np.round(people.joints_px[:, at].astype(float), 1).tolist(),
        "joints_m": np.round(people.joints_m[:, at].astype(float), 3).tolist(),
        "phenotypes": np.round(people.phenotypes.astype(float), 3).tolist(),
        "focal_px": round(float(item.camera_matrix[0, 0]), 1),
        "person_percent": round(100 * float((item.instances > 0).mean()), 1),
        "brightness": round(float(item.picture.mean()), 0),
    }


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("../shared/data")
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(one)}" for name, one in slices(folder).items())
    GOLDEN.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
