"""The four published systems, each a folder of the same files; see `table` for the list."""
