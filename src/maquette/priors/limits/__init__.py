"""How far joints bend: ranges of angles, poses drawn from and judged by them, learned densities, and plausibility."""
