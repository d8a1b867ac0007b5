"""Every request has a correlation id, and is counted and timed."""

import time

from flask import Flask, Response, g, request
from prometheus_client import Histogram

from conferral.runtime import correlation

DURATION = Histogram(
    "conferral_http_request_seconds",
    "Time from the first byte of a request to its answer",
    ["role", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


def observe(app: Flask, role: str) -> None:
    """Bind a correlation id around each request of the application, and measure it."""

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()
        g.correlation = correlation.bound()
        g.correlation.__enter__()

    @app.after_request
    def measure(response: Response) -> Response:
        if "began" in g:
            # The rule and not the path: paths hold ids, and a label with ids grows without bound.
            route = str(request.url_rule or "none")
            DURATION.labels(role, route, str(response.status_code)).observe(time.perf_counter() - g.began)
        return response

    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        bound = g.pop("correlation", None)
        if bound is not None:
            bound.__exit__(None, None, None)
