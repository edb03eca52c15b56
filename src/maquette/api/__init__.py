"""The entry points for Python: predict, lift, evaluate and synthesise, and estimates that save and show themselves."""
