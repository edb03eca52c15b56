"""What is on a head: hair, beards and headwear, and the meshes that they are made of."""
