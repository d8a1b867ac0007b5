"""HTTP: one Flask application per role, and the server that runs it."""
