from maquette.body.parts import PARTS_15, PUPPET_12, PUPPET_12_OF_PARTS_15, mirrored_labels


def test_the_puppet_takes_hands_to_forearms_and_hips_to_the_torso():
    puppet_of = {
        part: PUPPET_12[label - 1] for part, label in zip(PARTS_15, PUPPET_12_OF_PARTS_15[1:].tolist(), strict=True)
    }
    assert puppet_of["l_hand"] == "l_forearm"
    assert puppet_of["hips"] == "torso"
    assert all(puppet_of[part] == part for part in PUPPET_12)
    assert PUPPET_12_OF_PARTS_15[0] == 0


def test_mirroring_labels_twice_changes_nothing_and_keeps_the_midline():
    for parts in (PARTS_15, PUPPET_12):
        swap = mirrored_labels(parts)
        assert swap[swap].tolist() == list(range(len(parts) + 1))
        assert swap[0] == 0
        assert swap[1 + parts.index("head")] == 1 + parts.index("head")
        assert swap[1 + parts.index("l_shin")] == 1 + parts.index("r_shin")
