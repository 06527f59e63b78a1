"""The published methods, one file each, behind one interface."""
