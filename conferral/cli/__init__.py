"""The ``conferral`` command."""
