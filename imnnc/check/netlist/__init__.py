"""Netlists read back, and compared as graphs."""
