"""Where the tests' servers come from: the environment, Docker, local processes, or nowhere, which skips or fails."""

import gc
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar

import docker
import pytest
from docker.errors import DockerException

T = TypeVar("T")
Source = Callable[[], AbstractContextManager[T]]


class NotProvided(Exception):
    """This source has no such server; its text says why."""


@contextmanager
def first_of(name: str, sources: Sequence[Source[T]]) -> Iterator[T]:
    """Use the first source that has the server; with none, skip, or fail where CI is set."""
    reasons = []
    for source in sources:
        manager = source()
        try:
            server = manager.__enter__()
        except NotProvided as reason:
            reasons.append(str(reason))
            continue
        try:
            yield server
        finally:
            manager.__exit__(None, None, None)
        return
    text = f"no {name}: {'; '.join(reasons)}"
    if os.environ.get("CI"):
        pytest.fail(text)
    pytest.skip(text)


def require_docker(image: str) -> None:
    """Raise NotProvided unless a Docker daemon answers and has, or gets, the image."""
    if os.environ.get("CONFERRAL_TEST_SERVERS") == "local":
        raise NotProvided("CONFERRAL_TEST_SERVERS asks for local processes")
    refusal = _refusal_of_docker(image)
    if refusal is None:
        return
    with warnings.catch_warnings():
        # docker-py leaves a socket that it could not connect to the collector, which would complain in some later test
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
    raise NotProvided(f"Docker does not give {image} ({refusal})")


def _refusal_of_docker(image: str) -> str | None:
    try:
        client = docker.from_env(timeout=30)
        try:
            client.ping()
            if not client.images.list(name=image):
                client.images.pull(image)
        finally:
            client.close()
    except DockerException as error:
        return type(error).__name__
    return None
