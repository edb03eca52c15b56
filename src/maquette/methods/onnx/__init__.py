"""Networks as ONNX files: how they are made, kept in the cache, put into 8 bits, and run."""
