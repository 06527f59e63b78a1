"""The version of the tool: what every part that writes files asks."""

__version__ = "0.1.0"
