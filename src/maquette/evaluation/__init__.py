"""Predictions and methods judged on data sets: whom a protocol chooses, who is paired with whom, and the table."""
