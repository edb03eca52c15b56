"""What people wear and look like: clothes, shoes, hair, skin and eyes, made by rule or taken from assets."""
