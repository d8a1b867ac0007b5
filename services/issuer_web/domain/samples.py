"""Recipients that a design is tried with: what fits all of these fits most."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from conferral.contracts.rpc.credentials import CredentialContent
from conferral.contracts.rpc.previews import AttributeDeclaration
from services.issuer_web.domain.text import marked


@dataclass(frozen=True)
class Sample:
    """Somebody made up, and what they made up to have earned."""

    key: str
    label: str
    name: str
    achievement: str
    description: str
    language: str | None = None
    filled: bool = False
    """With a value for every attribute, and an expiry date."""


SAMPLES = (
    Sample("short", marked("Short"), "Ana Li", "First Aid", "", "en"),
    Sample(
        "long",
        marked("Very long, with all attributes"),
        "Dr. Maximiliane Konstantina Featherstone-Hollingsworth von Altenburg-Waldenstein",
        "Advanced Methods of Sustainable Groundwater Management in Semi-Arid and Mountainous Regions",
        "Planned, carried out and defended a field study over two semesters, with distinction in all of its parts.",
        "en",
        filled=True,
    ),
    Sample("arabic", marked("Arabic"), "مريم بنت عبد الرحمن المثالي", "أساسيات علم الأحياء البحرية", "", "ar"),
    Sample("chinese", marked("Chinese"), "王小明", "海洋生物学基础", "", "zh-Hans"),
)

_VALUES = {
    "number": "120",
    "url": "https://example.org/study",
    "email": "office@example.org",
    "long_text": "A sample of several lines.\nThis is the second one.",
    "image": "https://example.org/picture.png",
}


def sample_of(key: str) -> Sample:
    """Return the sample, or the first one."""
    return next((one for one in SAMPLES if one.key == key), SAMPLES[0])


def content_of(sample: Sample, attributes: Sequence[AttributeDeclaration], today: date) -> CredentialContent:
    """Return a credential of the sample's."""
    values = {one.key: _value(one, today) for one in attributes} if sample.filled else {}
    return CredentialContent(
        name=sample.name,
        email="sample@example.org",
        issue_date=today,
        expiry_date=today + timedelta(days=730) if sample.filled else None,
        language=sample.language,
        attributes=values,
    )


def _value(attribute: AttributeDeclaration, today: date) -> str:
    if attribute.type == "choice" and attribute.choices:
        return attribute.choices[0]
    if attribute.type == "date":
        return today.isoformat()
    return _VALUES.get(attribute.type, f"{attribute.label} as entered")
