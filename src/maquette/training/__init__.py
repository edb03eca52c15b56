"""What every training does the same way: precision, schedule, averages, batches, checkpoints and the journal."""
