"""What a user may set of SAP-Net's evaluation; imports nothing heavy."""

from dataclasses import dataclass

from maquette.methods.evaluation_options import MethodEvaluationOptions


@dataclass(frozen=True, kw_only=True)
class StructureMotionEvaluationOptions(MethodEvaluationOptions):
    """Joints and depths (SAP-Net), read from the data set's pictures in a crop around each person.

    Example: maquette evaluate structure-motion --on people --protocol synthetic-v1-single --predictions mine.npz

    Example: maquette evaluate structure-motion+tp --on people --protocol synthetic-v1-video --flip
    """

    flip: bool = False
    """Read each person's mirror image as well and take the mean: twice the time."""
    looks: int = 1
    """How often each person is read: from the second time on, around the joints found before."""
