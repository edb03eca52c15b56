"""What can be wrong with a prediction, as pure functions: never averaged over samples, zero where all is right."""
