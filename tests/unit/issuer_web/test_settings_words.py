"""Small matters of settings: time zones as people type them, browsers in a few words."""

from datetime import UTC, datetime

import pytest

from services.issuer_web.domain.time_zones import known_zone, of_city, offset, time_zones
from services.issuer_web.domain.user_agents import browser_of, system_of


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("europe/berlin", "Europe/Berlin"),
        (" America/new york ", "America/New_York"),
        ("utc", "UTC"),
        ("US/Eastern", "US/Eastern"),
        ("Mars/Olympus", None),
        ("../../etc/passwd", None),
        ("", None),
    ],
)
def test_a_zone_is_found_however_it_is_typed(typed: str, zone: str | None) -> None:
    assert known_zone(typed) == zone


@pytest.mark.parametrize(
    ("typed", "zones"),
    [
        ("zurich", ["Europe/Zurich"]),
        ("Zürich", ["Europe/Zurich"]),
        ("new york", ["America/New_York"]),
        ("Kathm", ["Asia/Kathmandu"]),
        ("Olympus", []),
        ("", []),
        (" / ", []),
    ],
)
def test_a_zone_is_found_by_its_city(typed: str, zones: list[str]) -> None:
    assert of_city(typed) == zones


def test_several_cities_of_a_name_are_all_found() -> None:
    assert {"America/Louisville", "America/Kentucky/Louisville"} <= set(of_city("louisville"))


def test_each_zone_that_is_offered_tells_its_distance_from_utc() -> None:
    assert offset("Asia/Kathmandu", datetime(2026, 1, 1, tzinfo=UTC)) == "UTC+05:45"
    assert offset("America/St_Johns", datetime(2026, 1, 1, tzinfo=UTC)) == "UTC-03:30"
    assert all(offset(name) for name in time_zones())


@pytest.mark.parametrize(
    ("user_agent", "browser", "system"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox", "Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/139 Safari/537 Edg/139", "Edge", "Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18 Mobile Safari/604", "Safari", "iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537 Chrome/139 Mobile Safari/537", "Chrome", "Android"),
        ("curl/8", "", ""),
    ],
)
def test_a_browser_in_a_few_words(user_agent: str, browser: str, system: str) -> None:
    assert (browser_of(user_agent), system_of(user_agent)) == (browser, system)
