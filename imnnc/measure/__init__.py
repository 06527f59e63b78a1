"""What is measured of the files of a network."""
