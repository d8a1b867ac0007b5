"""One module for each role, with a function ``run(application)`` that blocks until the process is told to stop."""
