"""The real design host, which counts what it compiles."""

from typing import Any

from services.publisher.adapters.design_host import DesignHost


class Counting(DesignHost):
    """The real host, counting how often a design is compiled."""

    compiled = 0

    def compile(self, *given: Any) -> Any:
        self.compiled += 1
        return super().compile(*given)
