"""The program that runs one distribution's designs, in a process of its own with limits.

It is started by ``adapters.design_process`` and talks to it over one socket. It imports the standard library, pluggy
and the design API, and nothing else of ours: what a plugin could reach here is all that there is.
"""
