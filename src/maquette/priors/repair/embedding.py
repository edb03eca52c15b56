"""Poses repaired by an embedding: the most probable ones, given their joints."""

from jaxtyping import Bool, Float
from torch import Tensor

from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError
from maquette.geometry.canonical import canonical_from_world
from maquette.priors.embedding.model import PoseEmbedding
from maquette.priors.embedding.posterior import infer_from_embedding
from maquette.priors.repair.partial_pose import PartialPoses, symmetric_lengths
from maquette.priors.repair.procedure import USUAL_NOISE, Knowledge, repair_poses

_SWAP_GAIN = 0.1
"""Square lengths of the head."""


def repair_by_embedding(
    poses: Float[Tensor, "*batch J 3"],
    skeleton: Skeleton,
    embedding: PoseEmbedding,
    *,
    mask: Bool[Tensor, "*batch J"] | None = None,
    noise: float = USUAL_NOISE,
) -> Float[Tensor, "*batch J 3"]:
    """The most probable poses of an embedding, given the known joints with their noise; left and right bones are alike.

    Arguments and errors as for `maquette.priors.repair.limits.repair_by_limits`; besides:

    Args:
        poses: As there.
        skeleton: That of the embedding.
        embedding: Such as `maquette.methods.embedding.weights.read_bundled_embedding`.
        mask: As there.
        noise: As there.

    Raises:
        ConventionError: The embedding has another skeleton.
    """
    if embedding.skeleton != skeleton:
        raise ConventionError(f"the poses are of {skeleton} and the embedding is of {embedding.skeleton}; take another")

    def strain(people: PartialPoses) -> Float[Tensor, " N"]:
        return _distance_of_decode(people, embedding)

    def repair(people: PartialPoses) -> Float[Tensor, "N J 3"]:
        return infer_from_embedding(*people, embedding, symmetric_lengths(people, skeleton), noise=noise)

    return repair_poses(poses, skeleton, Knowledge(strain, _SWAP_GAIN, repair), mask)


def _distance_of_decode(people: PartialPoses, embedding: PoseEmbedding) -> Float[Tensor, " N"]:
    """`PoseEmbedding.energy`, which refuses crowds of wrong sides; here they are what is looked for."""
    pelvis = people.joints[:, embedding.skeleton.index("pelvis"), None]
    canonical = (people.joints - pelvis) @ canonical_from_world(people.joints, embedding.skeleton).mT
    local = embedding.tree.localise(canonical.to(embedding.ratios))
    pose = embedding.tree.assemble(local, embedding.ratios)
    again = embedding.decode(embedding.encode_local(local))
    return (pose - again).square().sum(dim=-1).mean(dim=-1)
