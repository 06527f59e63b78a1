"""A compiled network as other programs can call it: its static behaviour, in torch and in ONNX."""
