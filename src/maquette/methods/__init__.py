"""Published systems and the networks they start from, a folder each; `table` and `trainings` list them."""
