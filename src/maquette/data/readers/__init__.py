"""Readers of the field's data sets, one a file."""
