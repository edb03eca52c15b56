"""What every training does the same way: options, fingerprints, loop, stages, turns, checkpoints, journals, cards."""
