"""Motion capture and other motion: files of every rig, and a library of clips and poses to draw from."""
