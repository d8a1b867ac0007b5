"""The invariants that every fault test is judged by, a module for what is looked at together. Pure.

``rules`` is the list of everything that can be wrong, with what to do about it; the other modules look for it in
records that were read together. What they find on live data is a suspicion: records of one change may have been read
from before and after it. ``handlers.auditing`` looks again before it says so.
"""
