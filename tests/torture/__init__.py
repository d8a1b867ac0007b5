"""``make torture SEED=n DURATION=seconds``: real services under kills, outages and rude mail servers, and an oracle."""
