"""The names of the presets that every method's config.py holds; light, so that help texts can list them."""

PRESETS: dict[str, str] = {
    "paper": "the published setting",
    "compact": "what we train and ship",
    "tiny": "seconds on two cores",
}
"""Name and one line of description."""
