"""The side of recipients, and of everybody they show their credential to."""
