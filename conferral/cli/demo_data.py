"""The demo's groups and its 25 recipients, who do not exist. Their scripts do."""

from dataclasses import dataclass, field
from typing import Literal

GroupKey = Literal["course", "badge"]


@dataclass(frozen=True)
class DemoGroup:
    """``design`` is the name of the design that draws it, as the dashboard offers it."""

    key: GroupKey
    design: str
    name: str
    description: str
    criteria: str


GROUPS = (
    DemoGroup(
        "course",
        "Classic",
        "Foundations of Marine Biology",
        "A twelve-week course on life in the sea: plankton, reefs, currents, and the people who depend on them.",
        "Attended at least ten of twelve sessions, kept a field journal, and passed the final examination.",
    ),
    DemoGroup(
        "badge",
        "Minimal",
        "Volunteer First Responder",
        "Trained to help until help arrives.",
        "Completed sixteen hours of practical training and showed resuscitation, bandaging and a safe rescue.",
    ),
)


@dataclass(frozen=True)
class DemoRecipient:
    """``attributes`` are the group's design's."""

    name: str
    mailbox: str
    language: str
    group: GroupKey = "course"
    attributes: dict[str, str] = field(default_factory=dict)


def _marked(grade: str, hours: str = "48") -> dict[str, str]:
    return {
        "course": "Foundations of Marine Biology",
        "grade": grade,
        "hours": hours,
        "signatory_name": "Dr. Kim Example",
    }


RECIPIENTS = (
    DemoRecipient("Ada Example", "ada", "en", attributes=_marked("Distinction")),
    DemoRecipient("Zoë Ångström-Muster", "zoe", "sv", attributes=_marked("Väl godkänd")),
    DemoRecipient("Łucja Przykładowska-Żółć", "lucja", "pl", attributes=_marked("bardzo dobry")),
    DemoRecipient("Nguyễn Thị Ví Dụ", "nguyen", "vi", attributes=_marked("Giỏi")),
    DemoRecipient("Jürgen Größwein-Beispiel", "juergen", "de", attributes=_marked("sehr gut")),
    DemoRecipient("Çağla Örnekoğlu", "cagla", "tr", attributes=_marked("Pekiyi")),
    DemoRecipient("ليلى النموذجية", "layla", "ar", attributes=_marked("ممتاز")),
    DemoRecipient("عبد الرحمن بن يوسف المثالي", "abdulrahman", "ar", attributes=_marked("جيد جدًا")),
    DemoRecipient("پریسا نمونه‌زاده", "parisa", "fa", "badge"),
    DemoRecipient("נועה בת־דוגמה", "noa", "he", attributes=_marked("מצוין")),
    DemoRecipient("王示例", "wang", "zh-Hans", attributes=_marked("优秀")),
    DemoRecipient("陳範例", "chen", "zh-Hant", "badge"),
    DemoRecipient("見本 はな子", "hanako", "ja", attributes=_marked("優")),
    DemoRecipient("홍길동", "gildong", "ko", attributes=_marked("우수")),
    DemoRecipient("Анна Примерова", "anna", "ru", attributes=_marked("отлично")),
    DemoRecipient("Зоряна Прикладенко", "zoriana", "uk", "badge"),
    DemoRecipient("Ελένη Παραδειγματίδου", "eleni", "el", attributes=_marked("Άριστα")),
    DemoRecipient("अनन्या उदाहरण", "ananya", "hi", attributes=_marked("उत्कृष्ट")),
    DemoRecipient("José Íñiguez de la Muestra", "jose", "es", "badge"),
    DemoRecipient("Chloé d'Exemple-Lefèvre", "chloe", "fr", attributes=_marked("Très bien")),
    DemoRecipient("Sam Sample 🌊", "sam", "en", "badge"),
    DemoRecipient("Dana (דנה) Example", "dana", "en", attributes=_marked("Merit")),
    DemoRecipient(
        "Wilhelmina Alexandrina Josephine Charlotte Theodora von und zu Beispielhausen-Musterstadt",
        "wilhelmina",
        "de",
        attributes=_marked("mit Auszeichnung"),
    ),
    DemoRecipient("X Æ", "x", "en", "badge"),
    DemoRecipient("D'Arcy O'Placeholder & Söhne <Test>", "darcy", "en", "badge"),
)
