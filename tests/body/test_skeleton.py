import numpy as np
import pytest

from maquette.body.catalog import SKELETONS
from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError

every_skeleton = pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=str)

CROSS = Skeleton("cross", ("l_hand", "chest", "head", "r_hand", "l_thumb", "r_thumb"), (1, -1, 1, 1, 0, 3))


@pytest.mark.parametrize(
    ("names", "parents", "sentence"),
    [
        ((), (), "non-empty and unique"),
        (("a", ""), (-1, 0), "non-empty and unique"),
        (("a", "b", "a"), (-1, 0, 1), "non-empty and unique"),
        (("a", "b"), (-1,), "2 joints but 1 parents"),
        (("a", "b"), (-1, 0, 1), "2 joints but 3 parents"),
        (("a", "l_b"), (-1, 0), "'l_b' lacks its twin 'r_b'"),
        (("a", "r_b"), (-1, 0), "'r_b' lacks its twin 'l_b'"),
        (("a", "b"), (1, 0), "one root, not 0"),
        (("a", "b"), (-1, -1), "one root, not 2"),
        (("a", "b"), (-1, 2), "lies outside the 2 joints"),
        (("a", "b"), (-1, -2), "lies outside the 2 joints"),
        (("a", "b"), (-1, 1), "form a circle"),
        (("a", "b", "c", "d"), (-1, 3, 1, 2), "form a circle"),
    ],
)
def test_what_is_no_skeleton_is_refused(names, parents, sentence):
    with pytest.raises(ConventionError, match=sentence) as refusal:
        Skeleton("odd", names, parents)
    assert "skeleton 'odd'" in str(refusal.value)


def test_drawn_limbs_must_link_its_joints():
    with pytest.raises(ConventionError, match="no joint 'c'"):
        Skeleton("odd", ("a", "b"), (-1, 0), (("a", "c"),))


def test_joints_are_found_by_name():
    assert CROSS.index("head") == 2
    assert CROSS.indices("r_hand", "chest") == [3, 1]
    assert CROSS.indices() == []
    assert "chest" in CROSS
    assert "tail" not in CROSS
    assert 1 not in CROSS


def test_unknown_joint_names_those_there_are():
    with pytest.raises(ConventionError, match=r"'cross' has no joint 'tail'; it has l_hand, chest, head"):
        CROSS.index("tail")


def test_length_and_text():
    assert len(CROSS) == 6
    assert str(CROSS) == "cross (6 joints)"


def test_tree_by_hand():
    assert CROSS.root == "chest"
    assert CROSS.bones == ((0, 1), (2, 1), (3, 1), (4, 0), (5, 3))
    assert [level.tolist() for level in CROSS.levels] == [[1], [0, 2, 3], [4, 5]]


def test_left_and_right_by_hand():
    assert CROSS.pairs == ((0, 3), (4, 5))
    assert CROSS.mirror.tolist() == [3, 1, 2, 0, 5, 4]


def test_a_single_joint_is_a_skeleton():
    point = Skeleton("point", ("centre",), (-1,))
    assert (point.root, point.bones, point.limbs, point.pairs) == ("centre", (), (), ())
    assert [level.tolist() for level in point.levels] == [[0]]


def test_limbs_are_bones_unless_drawn_otherwise():
    assert CROSS.limbs == CROSS.bones
    drawn = Skeleton("cross", CROSS.joint_names, CROSS.parents, (("l_hand", "r_hand"),))
    assert drawn.limbs == ((0, 3),)
    assert drawn.bones == CROSS.bones


def test_same_joints_are_the_same_skeleton_however_it_is_drawn():
    drawn = Skeleton("cross", CROSS.joint_names, CROSS.parents, (("l_hand", "r_hand"),))
    assert drawn == CROSS
    assert hash(drawn) == hash(CROSS)
    assert Skeleton("other", CROSS.joint_names, CROSS.parents) != CROSS


@every_skeleton
def test_levels_hold_every_joint_once_and_parents_come_just_before(skeleton):
    depth = {joint: at for at, level in enumerate(skeleton.levels) for joint in level.tolist()}
    assert sorted(depth) == list(range(len(skeleton)))
    assert sum(map(len, skeleton.levels)) == len(skeleton)
    assert all(depth[child] == depth[parent] + 1 for child, parent in skeleton.bones)


@every_skeleton
def test_bones_link_every_joint_but_the_root(skeleton):
    children = [child for child, _ in skeleton.bones]
    assert children == [joint for joint in range(len(skeleton)) if skeleton.joint_names[joint] != skeleton.root]


@every_skeleton
def test_mirroring_twice_changes_nothing(skeleton):
    assert skeleton.mirror[skeleton.mirror].tolist() == list(range(len(skeleton)))


@every_skeleton
def test_mirror_swaps_exactly_the_pairs(skeleton):
    swapped = np.arange(len(skeleton))
    for left, right in skeleton.pairs:
        assert skeleton.joint_names[left][2:] == skeleton.joint_names[right][2:]
        swapped[[left, right]] = right, left
    assert skeleton.mirror.tolist() == swapped.tolist()


@every_skeleton
def test_tree_and_limbs_are_the_same_on_both_sides(skeleton):
    mirror = [*skeleton.mirror.tolist(), -1]
    assert all(mirror[skeleton.parents[joint]] == skeleton.parents[mirror[joint]] for joint in range(len(skeleton)))
    limbs = {frozenset(limb) for limb in skeleton.limbs}
    assert {frozenset((mirror[a], mirror[b])) for a, b in limbs} == limbs
