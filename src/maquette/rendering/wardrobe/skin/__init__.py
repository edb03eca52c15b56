"""Skin and eyes: the map of the skin, complexions painted on it, and the fronts of the eyeballs."""
