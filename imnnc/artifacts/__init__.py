"""What passes hand on: immutable values, one module a stage of the work."""
