"""Views to learn from: new backgrounds, occluders, colours and places at every look at a stored picture."""
