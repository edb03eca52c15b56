"""What every training does the same way: options, fingerprints, the loop, stages, turns, checkpoints, journals, cards."""
