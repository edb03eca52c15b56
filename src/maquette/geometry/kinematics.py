"""The kinematic tree of a skeleton: bone lengths and directions out of joints, and joints out of them again."""

import torch
from jaxtyping import Float
from torch import Tensor

from maquette.body.skeleton import Skeleton


class KinematicTree:
    """A skeleton's tree with its levels computed once, so that walks loop over depth and never over joints.

    B is the number of bones, in the order of `Skeleton.bones` (one for each joint that has a parent).
    """

    def __init__(self, skeleton: Skeleton) -> None:
        self.skeleton = skeleton
        self._children = torch.tensor([child for child, _ in skeleton.bones])
        self._parents = torch.tensor([parent for _, parent in skeleton.bones])
        bone_of_child = {child: bone for bone, (child, _) in enumerate(skeleton.bones)}
        self._root = skeleton.index(skeleton.root)
        self._levels = [
            (
                torch.tensor(level.tolist()),
                torch.tensor([skeleton.parents[child] for child in level]),
                torch.tensor([bone_of_child[child] for child in level]),
            )
            for level in skeleton.levels[1:]
        ]

    def bone_vectors(self, joints: Float[Tensor, "*batch J D"]) -> Float[Tensor, "*batch B D"]:
        """Child minus parent of every bone, in the unit of ``joints``."""
        return joints[..., self._children, :] - joints[..., self._parents, :]

    def bone_lengths(self, joints: Float[Tensor, "*batch J D"]) -> Float[Tensor, "*batch B"]:
        """Length of every bone, in the unit of ``joints``."""
        return self.bone_vectors(joints).norm(dim=-1)

    def directions(self, joints: Float[Tensor, "*batch J D"]) -> Float[Tensor, "*batch B D"]:
        """Unit vector of every bone from parent to child; a bone of no length takes its parent bone's direction."""
        vectors = self.bone_vectors(joints)
        lengths = vectors.norm(dim=-1, keepdim=True)
        units = vectors / lengths.clamp_min(torch.finfo(joints.dtype).tiny ** 0.5)
        is_empty = lengths <= torch.finfo(joints.dtype).eps * lengths.amax(dim=-2, keepdim=True)
        at_joints = torch.zeros_like(joints)
        for children, parents, bones in self._levels:
            inherited = torch.where(is_empty[..., bones, :], at_joints[..., parents, :], units[..., bones, :])
            at_joints = at_joints.index_copy(-2, children.to(joints.device), inherited)
        return at_joints[..., self._children, :]

    def assemble(
        self,
        root: Float[Tensor, "*batch D"],
        directions: Float[Tensor, "*batch B D"],
        lengths: Float[Tensor, "*#batch B"],
    ) -> Float[Tensor, "*batch J D"]:
        """Joints built from the root outwards: each is its parent plus length times direction."""
        offsets = directions * lengths[..., None]
        shape = (*directions.shape[:-2], len(self.skeleton), directions.shape[-1])
        joints = torch.zeros(shape, dtype=directions.dtype, device=directions.device)
        joints = joints.index_copy(-2, torch.tensor([self._root], device=joints.device), root[..., None, :])
        for children, parents, bones in self._levels:
            placed = joints[..., parents, :] + offsets[..., bones, :]
            joints = joints.index_copy(-2, children.to(joints.device), placed)
        return joints
