"""Conferral: what the services share, and the ``conferral`` command."""
