"""The outside world: the store's reader, the bus, files."""
