"""What plans and runs passes: their graph, their options, the store of results, the output."""
