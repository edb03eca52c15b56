"""Colours, blurs, noise and the electronics of a camera."""
