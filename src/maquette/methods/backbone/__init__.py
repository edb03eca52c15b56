"""One backbone for all: a network that has learnt every label of rendered people, for the methods to start from."""
