"""Data to learn from and to evaluate on: readers of data sets and motion capture, shards, rendered sets, samples."""
