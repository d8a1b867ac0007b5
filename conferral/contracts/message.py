"""What every message is: frozen, strict, versioned; unknown fields are ignored, everything else is checked."""

from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Strict, ValidationError

from conferral.contracts.errors import InvalidMessage

T = TypeVar("T")

# JSON has no tuples, dates or instants: these are the only lax conversions, and each is named where it is used.
Many = Annotated[tuple[T, ...], Strict(strict=False)]
Day = Annotated[date, Strict(strict=False)]


def _truncate_to_milliseconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


# MongoDB stores milliseconds; truncating here keeps a value equal to itself after a round trip.
Instant = Annotated[AwareDatetime, Strict(strict=False), AfterValidator(_truncate_to_milliseconds)]

_LONGEST_COMPLAINT = 500


class Record(BaseModel):
    """A frozen, strict value inside a message."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class Message(Record):
    """A value that crosses a process border by itself. ``schema_version`` grows with each incompatible change."""

    VERSIONS: ClassVar[frozenset[int]] = frozenset({1})

    schema_version: int = 1

    @classmethod
    def decode(cls, payload: object) -> Self:
        """Read what ``encode`` made.

        :raises InvalidMessage: the payload is not this message, or is of a version that this code does not know.
        """
        if not isinstance(payload, dict):
            raise InvalidMessage(cls.__name__, "the payload is not an object")
        version = payload.get("schema_version")
        if version not in cls.VERSIONS:
            raise InvalidMessage(cls.__name__, f"schema_version {version!r:.20} is unknown")
        try:
            return cls.model_validate(payload)
        except ValidationError as error:
            # Locations and messages only: the input may hold personal data, and this text is logged.
            details = "; ".join(
                f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}"
                for problem in error.errors(include_input=False, include_url=False)
            )
            raise InvalidMessage(cls.__name__, details[:_LONGEST_COMPLAINT]) from None

    def encode(self) -> dict[str, Any]:
        """Return JSON-compatible data."""
        return self.model_dump(mode="json")

    def encode_bytes(self) -> bytes:
        """Return the same data as JSON."""
        return self.__pydantic_serializer__.to_json(self)
