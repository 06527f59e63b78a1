"""The passes and the graph that runs them."""
