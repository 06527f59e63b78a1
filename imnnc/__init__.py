"""imnnc: a compiler for inverter-based memristive neural networks."""

__version__ = "0.1.0"
