"""Loaders of data sets: files, named sets, computed sets; encoding into volts."""
