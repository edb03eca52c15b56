"""Poses as codes and codes as poses: the embedding, the search for codes, and poses inferred from few joints."""
