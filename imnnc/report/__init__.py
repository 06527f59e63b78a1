"""What is told of a compile."""
