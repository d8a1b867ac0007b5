"""The RPC operations, one module for each nameko service."""
