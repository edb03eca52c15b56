"""Human3.6M's subjects, cameras and actions, and the two spellings of some of them."""

HUMAN36M_TRAINING_SUBJECTS = ("S1", "S5", "S6", "S7", "S8")
HUMAN36M_TEST_SUBJECTS = ("S9", "S11")
HUMAN36M_SUBJECTS = (*HUMAN36M_TRAINING_SUBJECTS, *HUMAN36M_TEST_SUBJECTS)
CAMERAS = ("54138969", "55011271", "58860488", "60457274")
"""The four colour cameras, in the order that files list them in."""
IMAGE_SIZES = {"54138969": (1000, 1002), "55011271": (1000, 1000), "58860488": (1000, 1000), "60457274": (1000, 1002)}
"""(width, height) of each camera's videos."""
ACTIONS = (
    "Directions", "Discussion", "Eating", "Greeting", "Phoning", "Photo", "Posing", "Purchases", "Sitting",
    "SittingDown", "Smoking", "Waiting", "WalkDog", "Walking", "WalkTogether",
)  # fmt: skip
"""The fifteen actions, as tables spell them."""
_SPELLINGS = {"TakingPhoto": "Photo", "WalkingDog": "WalkDog", "WalkingTogether": "WalkTogether"}

FLAWED_CLIPS = frozenset((("S9", "Greeting"), ("S9", "SittingDown 1"), ("S9", "Waiting 1")))
"""Clips of S9 whose ground truth stands about 20 cm beside the person for part of the time, in all four cameras.

Source: Iskakov et al., Learnable Triangulation of Human Pose (ICCV 2019), who leave the three out of their test under
the numbering Greeting-2, SittingDown-2 and Waiting-1. Most published tables leave them in.
"""


def common_name(clip: str) -> str:
    """The name of a clip (action and trial, such as ``TakingPhoto 1``) in the spelling of tables (``Photo 1``)."""
    action, _, trial = clip.strip().partition(" ")
    return " ".join(part for part in (_SPELLINGS.get(action, action), trial.strip()) if part)


def action_of(clip: str) -> str:
    """The action of a clip, its trial left out: ``Photo`` for ``TakingPhoto 1``."""
    return common_name(clip).partition(" ")[0]
