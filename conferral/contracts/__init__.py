"""Data that crosses a process border: messages, RPC operations, errors, topology. No I/O, no framework."""
