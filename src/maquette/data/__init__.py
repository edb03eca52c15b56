"""Readers of motion capture and data sets."""
