"""The one guarded way to the network: addresses, decoding, limits, robots.txt, politeness."""
