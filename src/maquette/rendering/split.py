"""Splits: the shares of photographs and assets for training, validation and test, which have nothing in common."""

from typing import Literal

Split = Literal["train", "val", "test"]
