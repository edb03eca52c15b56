"""Where people are seen: cameras, light, backgrounds, and things that stand about."""
