"""What bodies do: statistical models of human poses that know nothing of pictures."""
