"""An embedding of poses: 32 numbers between -1 and 1 that decode to a body, whatever they are.

The adversarial auto-encoder of Kundu et al. (supplement of ECCV 2020, section 1). What is decoded are directions of
limbs, laid down along the skeleton's tree: bones have exactly the lengths they are given.
"""

from collections.abc import Callable
from math import prod
from typing import NamedTuple

import roma
import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from maquette.body.anatomy import bone_ratios
from maquette.body.skeleton import Skeleton
from maquette.errors import InputError
from maquette.geometry.canonical import Canonical, from_canonical, to_canonical
from maquette.geometry.kinematics import KinematicTree
from maquette.geometry.local_pose import LimbFrame, LocalPose, LocalTree
from maquette.geometry.procrustes import align
from maquette.nets.embedding_sizes import EmbeddingSizes
from maquette.nets.pose_embedding import PoseDecoder, PoseEncoder
from maquette.priors.embedding.search import search_codes

METRES_PER_HEAD = 0.22
"""An adult of `maquette.body.anatomy.BONE_RATIOS`, whose unit is the head's length: upright, from ankles 8 cm above the
ground to the crown, such a body is 0.08 + 0.22 (1.8 + 2.1 + 2.375 + 1) = 1.68 m tall."""

_AT_ONCE = 8_192
_PROJECTED_AT_ONCE = 512
_TRUNK = ("pelvis", "thorax", "l_hip", "r_hip")


class NearestPoses(NamedTuple):
    """The points of an embedding that are nearest to some poses."""

    codes: Float[Tensor, "*batch code"]
    poses: Float[Tensor, "*batch J 3"]
    """What the codes decode to with the bone lengths of the poses, moved and turned onto them."""


class PoseEmbedding(nn.Module):
    """Poses as codes and codes as poses.

    Codes are computed in the precision of the embedding (``embedding.double()`` changes it); poses come back in the
    precision in which they were given.

    Args:
        skeleton: `KUNDU_17` or `MPI_15`.
        sizes: Of the networks.
        frame: How limbs' frames follow their parents, see `maquette.geometry.local_pose.LocalTree`.

    Raises:
        ConventionError: The skeleton is no body with two arms, two legs and a head.
    """

    ratios: Tensor

    def __init__(self, skeleton: Skeleton, sizes: EmbeddingSizes, frame: LimbFrame = "transport") -> None:
        super().__init__()
        self.skeleton = skeleton
        self.sizes = sizes
        self.tree = LocalTree(skeleton, frame)
        self.encoder = PoseEncoder(self.tree.limbs, sizes)
        self.decoder = PoseDecoder(self.tree.limbs, sizes)
        self.register_buffer("ratios", torch.tensor(bone_ratios(skeleton)), persistent=False)

    def encode(self, canonical: Float[Tensor, "*batch J 3"]) -> Float[Tensor, "*batch code"]:
        """The codes of poses in the canonical frame; bone lengths do not matter."""
        rows = canonical.reshape(prod(canonical.shape[:-2]), *canonical.shape[-2:]).to(self.ratios)
        codes = _by_parts(lambda part: self.encode_local(self.tree.localise(part)), rows)
        return codes.reshape(*canonical.shape[:-2], self.sizes.code)

    def decode(
        self, codes: Float[Tensor, "*batch code"], lengths: Float[Tensor, "*#batch B"] | None = None
    ) -> Float[Tensor, "*batch J 3"]:
        """The canonical poses of codes.

        Args:
            codes: Between -1 and 1.
            lengths: Of the bones, in the order of ``skeleton.bones``, left and right hip alike; by default the ratios
                of the source, the head's length being one.
        """
        rows = codes.reshape(prod(codes.shape[:-1]), codes.shape[-1]).to(self.ratios)
        sizes = (self.ratios if lengths is None else lengths.to(self.ratios)).expand(*codes.shape[:-1], -1)
        poses = _by_parts(self._decode, rows, sizes.reshape(len(rows), sizes.shape[-1]))
        return poses.reshape(*codes.shape[:-1], len(self.skeleton), 3)

    def encode_local(self, local: LocalPose) -> Float[Tensor, "*batch code"]:
        """The codes of local poses."""
        return self.encoder(local.directions, local.hip_tilt_rad)

    def decode_local(self, codes: Float[Tensor, "*batch code"]) -> LocalPose:
        """The local poses of codes."""
        return LocalPose(*self.decoder(codes))

    def sample_codes(self, count: int, *, generator: torch.Generator | None = None) -> Float[Tensor, "N code"]:
        """Codes drawn evenly from all there are."""
        draw = torch.rand((count, self.sizes.code), dtype=self.ratios.dtype, generator=generator)
        return (2 * draw - 1).to(self.ratios.device)

    @torch.no_grad()
    def sample_poses(self, count: int, *, generator: torch.Generator | None = None) -> Float[Tensor, "N J 3"]:
        """Random people: canonical poses with the ratios' bone lengths."""
        return self.decode(self.sample_codes(count, generator=generator))

    def energy(self, poses: Float[Tensor, "*batch J 3"]) -> Float[Tensor, "*batch"]:
        """How far poses are from the embedding: zero for those it can decode, with a gradient everywhere.

        The mean squared distance of the joints from those of the pose encoded and decoded again, both with the bone
        lengths of the ratios and so in squared lengths of the head. It is an upper bound of the distance to the
        nearest pose, which `find_nearest` finds.

        Args:
            poses: Any place, heading and size, in a right-handed frame.

        Raises:
            InputError: A pose is not finite or faces nowhere.
            ConventionError: The frame is left-handed.
        """
        local = self.tree.localise(to_canonical(poses.to(self.ratios), self.skeleton).joints)
        pose = self.tree.assemble(local, self.ratios)
        again = self.tree.assemble(self.decode_local(self.encode_local(local)), self.ratios)
        return (pose - again).square().sum(dim=-1).mean(dim=-1).to(poses.dtype)

    @torch.no_grad()
    def find_nearest(
        self, poses: Float[Tensor, "*batch J 3"], *, mask: Bool[Tensor, "*batch J"] | None = None, rounds: int = 10
    ) -> NearestPoses:
        """The nearest poses of the embedding: encoded, and the code bettered by damped Gauss-Newton steps.

        Args:
            poses: Any place, heading and size, in a right-handed frame.
            mask: Joints that are known, all by default; the others are what the embedding makes of the rest. Their
                bones get the length that the known ones suggest.
            rounds: Steps; none only encodes and decodes.

        Raises:
            InputError: A known joint is not finite, or a pose's pelvis, neck or hips are not known or span no plane.
            ConventionError: The frame is left-handed.
        """
        rows = poses.reshape(prod(poses.shape[:-2]), *poses.shape[-2:]).to(self.ratios)
        known = torch.ones_like(rows[..., 0], dtype=torch.bool) if mask is None else mask.reshape(rows.shape[:-1])
        if not known[:, self.skeleton.indices(*_TRUNK)].all():
            raise InputError(
                f"poses lack one of {', '.join(_TRUNK)}, without which nobody faces anywhere; leave such out"
            )
        pelvis = rows[:, self.skeleton.index("pelvis"), None]
        filled = torch.where(known[..., None], rows, pelvis)
        placed = to_canonical(filled, self.skeleton)
        parts = zip(*(part.split(_PROJECTED_AT_ONCE) for part in (placed.joints, known)), strict=True)
        found = [self._project(joints, own, rounds) for joints, own in parts]
        codes, joints = (torch.cat(column) for column in zip(*found, strict=True))
        joints = from_canonical(placed._replace(joints=joints))
        shape = poses.shape[:-2]
        return NearestPoses(codes.reshape(*shape, codes.shape[-1]), joints.reshape(poses.shape).to(poses.dtype))

    @torch.no_grad()
    def interpolate(
        self, start: Float[Tensor, "*batch J 3"], end: Float[Tensor, "*batch J 3"], count: int
    ) -> Float[Tensor, "*batch count J 3"]:
        """Poses on the way from one to another along the embedding; its ends are the `find_nearest` of the given ones.

        Codes, bone lengths and places go in a straight line, headings turn evenly the shorter way round.
        """
        ends = [self.find_nearest(poses) for poses in (start, end)]
        bodies = [to_canonical(found.poses.to(self.ratios), self.skeleton) for found in ends]
        lengths = [KinematicTree(self.skeleton).bone_lengths(body.joints) for body in bodies]
        share = torch.linspace(0, 1, count).to(self.ratios)

        def between(
            first: Float[Tensor, "*batch D"], last: Float[Tensor, "*batch D"]
        ) -> Float[Tensor, "*batch count D"]:
            return torch.lerp(first[..., None, :], last[..., None, :], share[:, None])

        turns = roma.rotmat_slerp(bodies[0].rotation, bodies[1].rotation, share).movedim(0, -3)
        joints = self.decode(between(ends[0].codes, ends[1].codes), between(*lengths))
        return from_canonical(Canonical(joints, turns, between(bodies[0].root, bodies[1].root))).to(start.dtype)

    def _decode(self, codes: Float[Tensor, "N code"], lengths: Float[Tensor, "N B"]) -> Float[Tensor, "N J 3"]:
        return self.tree.assemble(self.decode_local(codes), lengths)

    def _project(
        self, joints: Float[Tensor, "N J 3"], known: Bool[Tensor, "N J"], rounds: int
    ) -> tuple[Float[Tensor, "N code"], Float[Tensor, "N J 3"]]:
        """Codes, and their poses laid onto the canonical ``joints``."""
        lengths, size = self._lengths(joints, known)
        target = joints / size[:, None, None]

        def decode(codes: Float[Tensor, "M code"]) -> Float[Tensor, "M J 3"]:
            return self._decode(codes, lengths.repeat(len(codes) // max(len(lengths), 1), 1))

        best = search_codes(decode, self._first_codes(joints, known), target, known, rounds=rounds)
        laid = align(best.points, target, mask=known, scale=False).apply(best.points)
        return best.codes, laid * size[:, None, None]

    def _lengths(
        self, joints: Float[Tensor, "N J 3"], known: Bool[Tensor, "N J"]
    ) -> tuple[Float[Tensor, "N B"], Float[Tensor, " N"]]:
        """Bone lengths in units of each body's size, and the size: how long its heads would be."""
        bones = torch.tensor(self.skeleton.bones, device=joints.device)
        is_known = known[:, bones].all(dim=-1)
        measured = KinematicTree(self.skeleton).bone_lengths(joints)
        size = (measured * is_known).sum(dim=-1) / (self.ratios * is_known).sum(dim=-1)
        lengths = torch.where(is_known, measured / size[:, None], self.ratios)
        hips = [child for child, _ in self.skeleton.bones]
        at = [hips.index(self.skeleton.index(name)) for name in ("l_hip", "r_hip")]
        lengths[:, at] = lengths[:, at].mean(dim=-1, keepdim=True)
        return lengths, size

    def _first_codes(self, joints: Float[Tensor, "N J 3"], known: Bool[Tensor, "N J"]) -> Float[Tensor, "N code"]:
        """Poses encoded; limbs that are not known are those of the middle of the embedding."""
        local = self.tree.localise(joints)
        ends = [
            (self.skeleton.index(limb), self.skeleton.parents[self.skeleton.index(limb)]) for limb in self.tree.limbs
        ]
        is_known = known[:, torch.tensor(ends, device=joints.device)].all(dim=-1)
        middle = self.decode_local(torch.zeros_like(self.ratios[:1]).expand(self.sizes.code))
        directions = torch.where(is_known[..., None], local.directions, middle.directions)
        return self.encode_local(LocalPose(directions, local.hip_tilt_rad))


def _by_parts(map_rows: Callable[..., Float[Tensor, "..."]], *rows: Float[Tensor, "N ..."]) -> Float[Tensor, "N ..."]:
    """What a map makes of rows, some thousand at a time: more would leave the processor's cache."""
    parts = [map_rows(*part) for part in zip(*(one.split(_AT_ONCE) for one in rows), strict=True)]
    return parts[0] if len(parts) == 1 else torch.cat(parts)
