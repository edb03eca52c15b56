"""Fabrics: patterns that repeat without a seam, dyes and colours for them, and the cloth that they make."""
