"""Synthetic people: bodies, clothes, scenes and light, drawn with every label a learner could want."""
