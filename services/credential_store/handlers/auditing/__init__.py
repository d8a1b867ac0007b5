"""The auditor: ``looking`` at some records, ``walking`` through all of them, and ``judging`` what was found."""
