"""How a picture says where joints are: maps over its pixels, written and read side by side."""
