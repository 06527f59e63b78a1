"""The language: text to syntax tree to `Design`."""
