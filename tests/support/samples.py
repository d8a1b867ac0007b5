"""One full instance of any message class, made from its types: every optional field is there, every list has one item.

``python -m tests.support.samples`` writes the golden sample of each message that has none yet. A sample that is there
is never changed: it stands for what an older process may still send.
"""

import importlib
import json
import pkgutil
import types
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel, TypeAdapter, ValidationError

import conferral.contracts
from conferral.contracts.message import Message

GOLDEN = Path(__file__).resolve().parents[1] / "contract" / "golden"
_STRINGS = ("text", "mfrggzdfmztwq2lknnwg23tpoa", "ab" * 32, "#1a2b3c", "en", "Europe/Berlin")
_PLAIN: dict[Any, tuple[Any, ...]] = {
    str: _STRINGS,
    int: (3, 1, 0),
    float: (1.5,),
    bool: (True,),
    bytes: (b"bytes",),
    date: (date(2026, 11, 23),),
    datetime: (datetime(2026, 11, 23, 12, 34, 56, 789000, tzinfo=UTC),),
    AwareDatetime: (datetime(2026, 11, 23, 12, 34, 56, 789000, tzinfo=UTC),),
    Any: ("anything",),
}


def message_classes() -> list[type[Message]]:
    """Every concrete message of the contracts, by name."""
    for module in pkgutil.walk_packages(conferral.contracts.__path__, "conferral.contracts."):
        importlib.import_module(module.name)
    ours = {cls for cls in _below(Message) if cls.__module__.startswith("conferral.contracts")}
    return sorted((cls for cls in ours if not cls.__subclasses__()), key=name_of)


def name_of(cls: type[Message]) -> str:
    """Module and class: an answer and an event may share a name."""
    return f"{cls.__module__.rsplit('.', 1)[-1]}.{cls.__name__}"


def golden_path(cls: type[Message], version: int = 1) -> Path:
    return GOLDEN / f"{name_of(cls)}.v{version}.json"


def sample(cls: type[BaseModel]) -> Any:
    """An instance of a message or record class."""
    return cls(
        **{
            name: _value(Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation)
            for name, field in cls.model_fields.items()
            if name != "schema_version"
        }
    )


def _below(cls: type[Message]) -> Iterator[type[Message]]:
    for child in cls.__subclasses__():
        yield child
        yield from _below(child)


def _value(annotation: Any) -> Any:
    adapter: TypeAdapter[Any] = TypeAdapter(annotation)
    for candidate in _candidates(annotation):
        try:
            return adapter.validate_python(candidate)
        except ValidationError:
            continue
    raise AssertionError(f"no sample fits {annotation}")


def _items(annotation: Any) -> Iterator[Any]:
    """One item; of a list that may hold several records, one of each."""
    records = [candidate for candidate in _candidates(annotation) if isinstance(candidate, BaseModel)]
    yield from records or [_value(annotation)]


def _candidates(annotation: Any) -> tuple[Any, ...]:  # noqa: PLR0911 - one for each kind of type
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _candidates(arguments[0])
    if origin is Literal:
        return (arguments[0],)
    if origin in {Union, types.UnionType}:
        return tuple(candidate for choice in arguments if choice is not type(None) for candidate in _candidates(choice))
    if origin is tuple:
        return (tuple(_items(arguments[0]) if arguments[-1] is Ellipsis else map(_value, arguments)),)
    if origin is dict:
        return ({_value(arguments[0]): _value(arguments[1])},)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return (sample(annotation),)
    return _PLAIN[annotation]


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for message in message_classes():
        path = golden_path(message)
        if not path.exists():
            path.write_text(json.dumps(sample(message).encode(), indent=1, ensure_ascii=False, sort_keys=True) + "\n")
