"""2D detectors behind one protocol: whatever finds joints in a picture."""
