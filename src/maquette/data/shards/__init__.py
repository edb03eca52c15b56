"""Shards: rendered pictures with their labels in tar files, written, indexed and read."""
