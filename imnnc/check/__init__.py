"""Goldens: comparing what a compile has written with what one wrote before."""
