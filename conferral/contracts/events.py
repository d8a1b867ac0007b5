"""Domain events, in the past tense. Published on the events exchange; nobody has to listen."""

from conferral.contracts.ids import Id, OrganisationId
from conferral.contracts.message import Instant, Many, Message


class Event(Message):
    """What every event carries."""

    event_id: Id
    correlation_id: str
    organisation_id: OrganisationId
    happened_at: Instant


class CredentialsCreated(Event):
    """Drafts were stored."""

    batch_id: Id
    credential_ids: Many[Id]


class CredentialsPublished(Event):
    """A chunk's credentials went live."""

    publication_id: Id
    chunk: int
    credential_ids: Many[Id]


class EmailsAccepted(Event):
    """A mail server took these deliveries."""

    delivery_ids: Many[Id]


ROUTING_KEYS: dict[type[Event], str] = {
    CredentialsCreated: "credentials.created",
    CredentialsPublished: "credentials.published",
    EmailsAccepted: "emails.accepted",
}
