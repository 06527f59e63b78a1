"""Drivers of real simulators: a deck goes in, vectors come out."""

from imnnc.faces import called_as_function

called_as_function(__name__)
