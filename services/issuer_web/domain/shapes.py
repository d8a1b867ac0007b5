"""How the Create Credentials form looks: for which groups, and with which attributes of their designs."""

from collections.abc import Mapping, Sequence
from datetime import date

from conferral.contracts.ids import Id
from conferral.contracts.message import Day, Many, Record
from conferral.contracts.rpc.groups import DefaultExpiry
from conferral.contracts.rpc.previews import AttributeDeclaration

MOST_GROUPS = 20
"""Groups of one form: each one's attributes are in every block."""


class FormGroup(Record):
    """A group that the form is for."""

    id: Id
    name: str
    expiry: DefaultExpiry = DefaultExpiry()


class FormAttribute(AttributeDeclaration):
    """An attribute as the form asks for it: once for all groups whose designs declare it alike."""

    field: str = ""
    """Its name in the form; empty: its key. Differs where two designs mean different things by one key."""
    groups: Many[Id] = ()
    """Empty: all."""
    needed_in: Many[Id] = ()
    """Groups whose design requires it for publishing."""

    @property
    def place(self) -> str:
        """Its name in the form."""
        return self.field or self.key

    def asked_for(self, group_id: str) -> bool:
        """Tell whether a group's design declares it."""
        return not self.groups or group_id in self.groups


class FormShape(Record):
    """What decides how the form looks.

    It travels inside the form, signed, so that the form can be shown again, with everything typed, when no other
    part of the system answers.
    """

    groups: Many[FormGroup]
    today: Day
    attributes: Many[FormAttribute] = ()
    attributes_known: bool = True
    """False: the designs could not all be asked; the three main fields are enough to go on."""

    @property
    def several(self) -> bool:
        """Whether blocks have to say which groups they are for."""
        return len(self.groups) > 1

    @property
    def needed(self) -> list[FormAttribute]:
        """Attributes without which a credential is created as incomplete."""
        return [attribute for attribute in self.attributes if attribute.required]

    def name_of(self, group_id: str) -> str:
        """Return a group's name."""
        return next((group.name for group in self.groups if group.id == group_id), "")

    @property
    def own_expiries(self) -> bool:
        """Whether an expiry date that is left empty stands for each group's own default.

        A form of one group has that filled in already, so that there an empty one means never.
        """
        return self.several and any(group.expiry.kind != "never" for group in self.groups)

    @property
    def offered_expiry(self) -> DefaultExpiry:
        """The rule for the expiry date that a block begins with."""
        return DefaultExpiry() if self.several else self.groups[0].expiry

    def expiries(self, group_ids: Sequence[str]) -> list[DefaultExpiry]:
        """Return when credentials of these groups expire by default."""
        return [group.expiry for group in self.groups if group.id in group_ids]

    def asked_for(self, group_id: str) -> list[FormAttribute]:
        """Return the attributes that a group's design declares."""
        return [attribute for attribute in self.attributes if attribute.asked_for(group_id)]


Declared = Sequence[AttributeDeclaration]


def shape_of(groups: Sequence[tuple[FormGroup, Declared | None]], today: date) -> FormShape:
    """Return the form of one or more groups, with the union of their designs' attributes.

    :param groups: each with what its design declares; None: that could not be asked.
    """
    known = [(group, declared) for group, declared in groups if declared is not None]
    return FormShape(
        groups=tuple(group for group, _ in groups),
        today=today,
        attributes=tuple(_union(known)),
        attributes_known=len(known) == len(groups),
    )


def _union(groups: Sequence[tuple[FormGroup, Declared]]) -> list[FormAttribute]:
    alike: dict[tuple[object, ...], list[tuple[str, AttributeDeclaration]]] = {}
    for group, declared in groups:
        for attribute in declared:
            sameness = (attribute.key, attribute.type, attribute.label, attribute.choices)
            alike.setdefault(sameness, []).append((group.id, attribute))
    taken: dict[str, int] = {}
    union = []
    for found in alike.values():
        key = found[0][1].key
        taken[key] = taken.get(key, 0) + 1
        union.append(_merged(found, f"{key}~{taken[key]}" if taken[key] > 1 else ""))
    return union


def _merged(found: Sequence[tuple[str, AttributeDeclaration]], field: str) -> FormAttribute:
    needed = tuple(group_id for group_id, attribute in found if attribute.required)
    told: dict[str, object] = found[0][1].model_dump() | {
        "choices": found[0][1].choices,
        "field": field,
        "groups": tuple(group_id for group_id, _ in found),
        "needed_in": needed,
        "required": bool(needed),
        # private for one group is private for all: the hint may say too much, never too little
        "public": all(attribute.public for _, attribute in found),
    }
    return FormAttribute.model_validate(told)


def missing(shape: FormShape, group_id: str, values: Mapping[str, str]) -> list[FormAttribute]:
    """Return the attributes that a group's design needs for publishing and that have no value.

    :param values: by the attribute's place.
    """
    return [
        attribute
        for attribute in shape.attributes
        if (group_id in attribute.needed_in or (attribute.required and not attribute.needed_in))
        and not values.get(attribute.place)
    ]
