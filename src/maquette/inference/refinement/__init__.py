"""A fit over the whole track of each person: what was lifted, the keypoints, rigid bones, motion and standing feet."""
