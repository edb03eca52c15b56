"""How clothes are cut and sewn: the chart of the body, sheets around it, covers cut from them, and layers of cloth."""
