"""``maquette analyse``: analyses of papers worked out again, each as a figure, an interactive page and its numbers."""
