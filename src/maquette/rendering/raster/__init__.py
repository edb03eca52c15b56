"""The z-buffer, its torch twin, shadows and shading."""
