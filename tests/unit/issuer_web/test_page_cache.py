"""Pages are fresh for a moment, asked again by validator, and served on while the reader is away."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from conferral.contracts.errors import Unavailable
from conferral.contracts.public import PublicCredential
from services.issuer_web.adapters.page_cache import FRESH, STALE, PageCache
from services.issuer_web.ports import Fetched, Gone, Missing, NotModified, Reading
from tests.support.samples import sample
from tests.support.waiting import wait_until

CREDENTIAL: PublicCredential = sample(PublicCredential)


@dataclass
class Page:
    text: str
    size: int = 1000
    outdated: bool = False

    def is_outdated(self) -> bool:
        return self.outdated


@dataclass
class Reader:
    """The PublicReader port over a dictionary, with validators."""

    versions: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    away: bool = False
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    hold: threading.Event | None = None

    def read(self, credential_id: str, etag: str | None) -> Reading:
        self.asked.append((credential_id, etag))
        if self.hold:
            assert self.hold.wait(10)
        if self.away:
            raise Unavailable("away")
        if credential_id in self.gone:
            return Gone()
        if credential_id not in self.versions:
            return Missing()
        if etag == self.versions[credential_id]:
            return NotModified()
        name = self.versions[credential_id]
        return Fetched(CREDENTIAL.model_copy(update={"recipient_name": name}), name)


class Scene:
    def __init__(self, largest: int = 1_000_000) -> None:
        self.now, self.reader, self.rendered = 0.0, Reader(), list[Page]()
        self.cache: PageCache[Page] = PageCache(self.reader, self.render, lambda: self.now, largest)

    def render(self, credential: PublicCredential) -> Page:
        self.rendered.append(Page(credential.recipient_name))
        return self.rendered[-1]

    def text(self, credential_id: str = "a") -> str:
        page = self.cache.get(credential_id)
        assert isinstance(page, Page), page
        return page.text


@pytest.fixture
def scene() -> Scene:
    scene = Scene()
    scene.reader.versions["a"] = "one"
    return scene


def test_a_fresh_page_is_served_without_asking(scene: Scene) -> None:
    assert scene.text() == "one"
    scene.now += FRESH - 0.1
    assert scene.text() == "one"
    assert scene.reader.asked == [("a", None)]


def test_an_older_page_is_asked_for_by_its_validator_and_not_rendered_again(scene: Scene) -> None:
    scene.text()
    scene.now += FRESH
    assert scene.text() == "one"
    assert scene.reader.asked == [("a", None), ("a", "one")]
    assert len(scene.rendered) == 1
    scene.now += FRESH - 0.1
    scene.text()
    assert len(scene.reader.asked) == 2, "asking made it fresh again"


def test_a_changed_credential_is_rendered_anew(scene: Scene) -> None:
    scene.text()
    scene.reader.versions["a"] = "two"
    scene.now += FRESH
    assert scene.text() == "two"


def test_a_page_that_time_has_changed_is_rendered_again_at_once(scene: Scene) -> None:
    scene.text()
    scene.rendered[0].outdated = True
    assert scene.text() == "one"
    assert len(scene.rendered) == 2
    assert scene.reader.asked[-1] == ("a", None), "its validator would answer that nothing has changed"


def test_missing_and_gone_are_remembered_for_a_moment_too(scene: Scene) -> None:
    scene.reader.gone.add("b")
    for _ in range(2):
        assert isinstance(scene.cache.get("b"), Gone)
        assert isinstance(scene.cache.get("c"), Missing)
    assert len(scene.reader.asked) == 2
    scene.reader.versions["c"] = "new"
    scene.now += FRESH
    assert scene.text("c") == "new", "what was just published shows"
    scene.reader.versions.pop("c")
    scene.now += FRESH
    assert isinstance(scene.cache.get("c"), Missing)


def test_pages_are_served_while_the_reader_is_away_but_not_for_ever(scene: Scene) -> None:
    scene.text()
    scene.reader.away = True
    scene.now += STALE
    assert scene.text() == "one"
    scene.now += 0.1
    with pytest.raises(Unavailable):
        scene.text()
    scene.reader.away = False
    assert scene.text() == "one"


def test_what_is_not_kept_is_unavailable_and_leaves_nothing_behind(scene: Scene) -> None:
    scene.reader.away = True
    for number in range(100):
        with pytest.raises(Unavailable):
            scene.cache.get(f"nobody {number}")
    assert len(scene.cache._entries) == 0  # noqa: SLF001 - memory shows nowhere else


def test_a_page_that_cannot_be_rendered_now_is_served_as_it_was(scene: Scene) -> None:
    scene.text()
    scene.reader.versions["a"] = "two"
    scene.now += FRESH

    def fails(credential: PublicCredential) -> Page:
        raise Unavailable("a font is missing")

    scene.cache._render = fails  # noqa: SLF001
    assert scene.text() == "one"


def test_the_least_recently_used_pages_make_room() -> None:
    scene = Scene(largest=4 * 1500)
    scene.reader.versions = {name: name for name in "abcdef"}
    for name in "abcd":
        scene.text(name)
    scene.text("a")
    scene.text("e")
    scene.reader.asked.clear()
    for name in "acde":
        scene.text(name)
    assert scene.reader.asked == []
    scene.text("b")
    assert scene.reader.asked == [("b", None)]


def test_a_page_that_changes_is_counted_once() -> None:
    scene = Scene(largest=10_000)
    scene.reader.versions = {"a": "one", "b": "b"}
    scene.text("b")
    for version in range(50):
        scene.reader.versions["a"] = f"version {version}"
        scene.now += FRESH
        scene.text("a")
    assert scene.cache._bytes == 2 * 1500  # noqa: SLF001


def test_of_many_who_look_at_once_one_asks_and_the_others_do_not_wait(scene: Scene) -> None:
    scene.text()
    scene.now += FRESH
    scene.reader.hold = threading.Event()
    with ThreadPoolExecutor(8) as pool:
        looks = [pool.submit(scene.text) for _ in range(8)]
        wait_until(lambda: sum(look.done() for look in looks) == 7)
        scene.reader.hold.set()
        assert {look.result(10) for look in looks} == {"one"}
    assert len(scene.reader.asked) == 2
