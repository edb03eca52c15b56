"""Training samples: new views of rendered or photographed people at every look, with the labels of what they show."""
