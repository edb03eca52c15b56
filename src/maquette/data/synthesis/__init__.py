"""Sets of synthetic people: what is asked for, the studio that draws it, and the fixed benchmark."""
