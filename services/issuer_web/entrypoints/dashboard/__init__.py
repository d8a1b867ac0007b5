"""The issuers' side."""
