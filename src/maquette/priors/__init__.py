"""Statistical models of human poses: joint limits, a mixture, an embedding, and repairs with what they know."""
