"""Which numbers a machine is fast at, and the fabric that takes care of devices."""

import logging
from typing import Any

import torch

from maquette.extras import optional_import


def fast_precision() -> str:
    """``bf16-mixed`` where the processor or accelerator multiplies bfloat16 faster, else ``32-true``."""
    if torch.cuda.is_available():
        return "bf16-mixed" if torch.cuda.is_bf16_supported() else "32-true"
    return "bf16-mixed" if torch.ops.mkldnn._is_mkldnn_bf16_supported() else "32-true"


def start_fabric(seed: int, precision: str | None = None) -> Any:
    """A `lightning_fabric.Fabric` on the best device there is, with torch's own randomness seeded.

    Raises:
        MissingExtraError: Lightning is not installed.
    """
    fabric = optional_import("lightning_fabric", extra="train")
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
    torch.manual_seed(seed)
    return fabric.Fabric(accelerator="auto", devices=1, precision=precision or fast_precision())
