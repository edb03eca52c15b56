"""Files: pictures and videos in, videos out, and results in the formats that other programs read."""
