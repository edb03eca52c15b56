"""Where a person is: rotations, cameras, kinematic trees and alignments, on batched tensors."""
