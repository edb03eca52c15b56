"""Styles: what garments and hair of one kind have in common is given in ranges, from which each piece is drawn."""

Range = tuple[float, float]
"""Least and greatest value; those between are equally likely."""
