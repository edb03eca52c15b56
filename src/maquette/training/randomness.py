"""Random numbers that belong to a step, so that a training that goes on sees what it would have seen."""

from hashlib import sha256

import torch


def step_generator(seed: int, step: int, purpose: str) -> torch.Generator:
    """A generator of random numbers for one purpose at one step of a training of this seed."""
    at = int.from_bytes(sha256(f"{seed} {step} {purpose}".encode()).digest()[:7], "big")
    return torch.Generator().manual_seed(at)
