"""What the tests share: small networks, oracles, foreign tools, processes."""
