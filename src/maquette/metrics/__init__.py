"""How far predicted poses lie from the truth, measured as the field measures it."""
