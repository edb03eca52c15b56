"""Losses of joints, bones, angles and maps, as pure functions: never averaged over samples, zero where all is right."""
