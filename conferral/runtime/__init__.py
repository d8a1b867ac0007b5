"""How a process runs: configuration, logs, correlation, health, the bus. Knows the contracts and no service."""
