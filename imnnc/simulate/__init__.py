"""Drivers of real simulators: a deck goes in, vectors come out."""
