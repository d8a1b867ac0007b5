"""How work comes in: commands and RPC."""
