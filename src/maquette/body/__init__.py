"""What a person is: skeletons with named joints, the maps between them, and the containers that carry poses."""
