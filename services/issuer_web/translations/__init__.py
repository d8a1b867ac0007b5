"""The catalogues of both roles' own words: ``<locale>/LC_MESSAGES/public.mo`` and ``dashboard.mo``."""

from pathlib import Path

TRANSLATIONS = Path(__file__).parent
