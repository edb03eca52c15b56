"""Building blocks of networks that more than one method needs."""
