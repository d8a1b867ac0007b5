"""The store's handlers behind authorisation, over a real database; no broker."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from conferral.contracts.actors import Actor
from conferral.contracts.ids import new_id
from conferral.contracts.operation import A, Operation, Q
from conferral.contracts.rpc import accounts, credentials, groups
from conferral.runtime import correlation
from services.credential_store.adapters.database import Database
from services.credential_store.adapters.migrations import migrate
from services.credential_store.bootstrap import build_application
from services.credential_store.config import StoreSettings
from services.credential_store.domain.scope import of_message
from services.credential_store.entrypoints.rpc import endpoints
from services.credential_store.handlers.context import Application

PASSWORD = "correct horse battery staple"


@dataclass
class Member:
    """Somebody signed in to one organisation, with one group to work in."""

    store: "RunningStore"
    organisation_id: str
    person_id: str
    session: str
    group_id: str = ""
    design_id: str = ""
    asked: list[str] = field(default_factory=list)

    @property
    def who(self) -> dict[str, Any]:
        return {"actor": Actor(session=self.session), "organisation_id": self.organisation_id}

    def ask(self, operation: Operation[Q, A], **fields: Any) -> A:
        return self.store.ask(operation, operation.request(**self.who, **fields))

    def create(self, *names: str, batch_id: str | None = None, **fields: Any) -> list[str]:
        rows = tuple(self.row(name) for name in names)
        answer = self.ask(credentials.CREATE_CREDENTIALS, batch_id=batch_id or new_id(), rows=rows, **fields)
        return [result.credential_id for result in answer.results]

    def row(self, name: str, **fields: Any) -> credentials.CredentialRow:
        external_id = fields.pop("external_id", None)
        given = {"name": name, "email": "ana@mail.example", "issue_date": date(2026, 1, 1), **fields}
        content = credentials.CredentialContent(**given)
        return credentials.CredentialRow(group_id=self.group_id, content=content, external_id=external_id)


@dataclass
class RunningStore:
    database: Database
    application: Application

    def ask(self, operation: Operation[Q, A], request: Q) -> A:
        """Call as the RPC server does: the request and the answer go through JSON."""
        decoded = operation.request.decode(request.encode())
        with correlation.bound():
            return operation.answer.decode(endpoints(self.application)[operation](decoded).encode())

    def organisation(self, name: str = "Northfield", **fields: Any) -> Member:
        email = f"owner-{new_id()[:8]}@mail.example"
        created = self.ask(
            accounts.CREATE_ORGANISATION,
            accounts.CreateOrganisation(
                actor=Actor(service="admin"),
                name=name,
                owner_name="Olive Owner",
                owner_email=email,
                password=PASSWORD,
                **fields,
            ),
        )
        member = Member(self, created.organisation_id, created.person_id, self.sign_in(email))
        member.design_id, member.group_id = new_id(), new_id()
        member.ask(
            groups.CREATE_DESIGN,
            design_id=member.design_id,
            name="Plain",
            plugin_id="minimal",
            plugin_version="1.0",
            options={"colour": "#112233"},
            required_attributes=("course",) if name == "Strict" else (),
        )
        member.ask(
            groups.CREATE_GROUP,
            group_id=member.group_id,
            content=groups.GroupContent(name="Chemistry 101", design_id=member.design_id),
        )
        return member

    def colleague(self, member: Member, role: str) -> Member:
        """Somebody of another role in the same organisation."""
        joined = self.organisation(f"Own organisation of {new_id()}")
        store = self.application.store
        scope = of_message(member.organisation_id)
        store.transaction(lambda session: store.people.add_membership(scope, joined.person_id, role, session=session))
        return Member(self, member.organisation_id, joined.person_id, joined.session, member.group_id, member.design_id)

    def sign_in(self, email: str, password: str = PASSWORD, address: str = "192.0.2.1", **fields: Any) -> str:
        request = accounts.SignIn(
            **({"actor": Actor()} | fields), email=email, password=password, client_address=address
        )
        return self.ask(accounts.SIGN_IN, request).session

    def rows(self, collection: str, **conditions: Any) -> list[dict[str, Any]]:
        found = self.database.collection(collection).find(conditions, comment="conferral:migrate")
        return list(found)


@pytest.fixture
def running(mongodb_uri: str, tmp_path: Path) -> Iterator[RunningStore]:
    kek = tmp_path / "kek"
    kek.write_bytes(base64.b64encode(b"k" * 32))
    settings = StoreSettings(
        amqp_uri="amqp://user:password@localhost/none",
        quick_start=True,
        mongodb_uri=mongodb_uri,
        kek_file=kek,
        blob_token="t" * 40,
        public_url="http://127.0.0.1:8801",
        dashboard_url="http://127.0.0.1:8800",
        sender_address="noreply@conferral.example",
    )
    database = Database(mongodb_uri)
    migrate(database)
    try:
        yield RunningStore(database, build_application(settings, database))
    finally:
        database.close()


@pytest.fixture
def member(running: RunningStore) -> Member:
    return running.organisation()
