"""The physics of the circuit: crossbars, inverters, loads; tensors and arrays, no files."""
