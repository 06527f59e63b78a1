"""Perceptrons that were trained elsewhere: what they compute, and how they are read."""
