"""Elbows and knees that bend the way none can (Dabral et al., ECCV 2018: the illegal-angle loss)."""

from jaxtyping import Bool, Float
from torch import Tensor

from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError
from maquette.geometry.limbs import bend_products, bends_known
from maquette.losses.masking import require_joints, zero_hidden

LARGEST_VOLUME = 64.0
"""Four joints of one crop, whose coordinates run from -1 to 1, span 16 at most; beyond 64 the unit must be wrong."""


def illegal_angle_energy(
    joints: Float[Tensor, "*batch J 3"],
    skeleton: Skeleton,
    *,
    mask: Bool[Tensor, "*batch J"] | None = None,
    is_scale_free: bool = False,
) -> Float[Tensor, "*batch 4"]:
    """The energy |E| exp |E| of the right elbow, the left elbow, the right knee and the left knee.

    E is the part of the volume (ab x bc) . cd that has the wrong sign, a to d being neck, shoulder, elbow and wrist, or
    pelvis, hip, knee and ankle (supplement of the source, equation 1). A legal or straight limb has exactly no energy
    and no gradient. The signs are those of a right-handed frame; in a left-handed one legal and illegal are exchanged.

    Args:
        joints: In normalised coordinates of a crop, -1 to 1, or in metres: the energy is not scale-free by itself.
        mask: Joints that are known, all by default; a limb with an unknown joint has no energy.
        is_scale_free: Whether E is divided by the lengths of the three bones, so that any unit will do.

    Raises:
        ConventionError: The skeleton lacks one of the joints, the shapes disagree, or the joints are in a unit (such as
            millimetres) in which the exponential would overflow.
    """
    require_joints(joints, skeleton)
    volumes = bend_products(zero_hidden(joints, mask, inner=1), skeleton, is_scale_free=is_scale_free)
    if mask is not None:
        volumes = zero_hidden(volumes, bends_known(mask, skeleton))
    _refuse_large(volumes)
    excess = (-volumes).relu()
    return excess * excess.exp()


def _refuse_large(volumes: Tensor) -> None:
    largest = volumes.detach().abs().amax().item() if volumes.numel() else 0.0
    if largest > LARGEST_VOLUME:
        raise ConventionError(
            f"bones span a volume of {largest:.3g}, more than joints of one crop can (coordinates from -1 to 1, "
            "at most 16); give the joints in normalised coordinates of the crop or in metres, or set is_scale_free=True"
        )
