"""What an email is, and when one may be sent; no I/O."""
