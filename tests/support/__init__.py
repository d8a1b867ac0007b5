"""What several tests need: real servers, and waiting."""

from tests.support.waiting import wait_until

__all__ = ["wait_until"]
