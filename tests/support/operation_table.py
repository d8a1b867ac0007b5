"""Every operation that a service serves: who may ask it, and the fields of a request about nothing that exists.

The one table of operations. An operation that is missing here fails ``test_authorisation.py``.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from conferral.contracts import rpc
from conferral.contracts.actors import Permission
from conferral.contracts.ids import new_id
from conferral.contracts.operation import Operation
from conferral.contracts.rpc import credentials, groups, organisations, sending, together
from conferral.contracts.wording import EmailWording

CONTENT = credentials.CredentialContent(name="Ana", email="ana@mail.example", issue_date=date(2026, 1, 1))
UNKNOWN = new_id()


@dataclass(frozen=True)
class Entry:
    """What is expected of an operation."""

    permission: Permission
    fields: Mapping[str, Any] = field(default_factory=dict)


ENTRIES: dict[str, Entry] = {
    "store.accounts.sign_in": Entry("anyone"),
    "store.accounts.resume_session": Entry("session"),
    "store.accounts.sign_out": Entry("session"),
    "store.accounts.request_password_reset": Entry("anyone"),
    "store.accounts.reset_password": Entry("anyone"),
    "store.accounts.create_organisation": Entry(
        "service", {"name": "Name", "owner_name": "Olive", "owner_email": "olive@mail.example"}
    ),
    "store.credentials.create_credentials": Entry(
        "draft",
        {
            "batch_id": UNKNOWN,
            "rows": (credentials.CredentialRow(group_id=UNKNOWN, content=CONTENT),),
        },
    ),
    "store.credentials.amend_credential": Entry("draft", {"credential_id": UNKNOWN, "revision": 1, "content": CONTENT}),
    "store.credentials.discard_version": Entry("draft", {"credential_id": UNKNOWN, "revision": 1}),
    "store.credentials.delete_credentials": Entry("draft", {"credentials": ((UNKNOWN, 1),)}),
    "store.credentials.get_credential": Entry("view", {"credential_id": UNKNOWN}),
    "store.credentials.list_credentials": Entry("view"),
    "store.deliveries.claim_deliveries": Entry("service", {"delivery_ids": (UNKNOWN,)}),
    "store.deliveries.advance_deliveries": Entry("service", {"results": (), "begin": ()}),
    "store.designs.get_design": Entry("view", {"design_id": UNKNOWN}),
    "store.designs.amend_design": Entry(
        "publish",
        {
            "design_id": UNKNOWN,
            "revision": 1,
            "name": "Design",
            "plugin_version": "1",
            "options": {},
        },
    ),
    "store.designs.uses_of_designs": Entry("view", {"design_ids": (UNKNOWN,)}),
    "store.designs.store_image": Entry("publish", {"content": "iVBORw0KGgo="}),
    "store.emails.list_emails": Entry("view", {"credential_id": UNKNOWN}),
    "store.emails.resend_email": Entry("publish", {"credential_id": UNKNOWN, "after": 0}),
    "store.groups.create_group": Entry(
        "publish", {"group_id": UNKNOWN, "content": groups.GroupContent(name="Group", design_id=UNKNOWN)}
    ),
    "store.groups.get_group": Entry("view", {"group_id": UNKNOWN}),
    "store.groups.list_groups": Entry("view"),
    "store.groups.find_groups": Entry("view"),
    "store.groups.amend_group": Entry(
        "publish",
        {
            "group_id": UNKNOWN,
            "revision": 1,
            "content": groups.GroupContent(name="Group", design_id=UNKNOWN),
        },
    ),
    "store.groups.change_wording": Entry(
        "publish", {"group_id": UNKNOWN, "revision": 1, "wording": EmailWording(subject="Well done")}
    ),
    "store.groups.archive_group": Entry("publish", {"group_id": UNKNOWN, "revision": 1, "archived": True}),
    "store.groups.create_design": Entry(
        "publish",
        {
            "design_id": UNKNOWN,
            "name": "Design",
            "plugin_id": "minimal",
            "plugin_version": "1",
            "options": {},
        },
    ),
    "store.groups.list_designs": Entry("view"),
    "store.my_account.change_name": Entry("session"),
    "store.my_account.change_password": Entry("session"),
    "store.my_account.list_sessions": Entry("session"),
    "store.my_account.end_session": Entry("session"),
    "store.my_account.end_other_sessions": Entry("session"),
    "store.organisations.get_organisation": Entry("own"),
    "store.organisations.change_organisation": Entry(
        "own", {"revision": 1, "content": organisations.OrganisationContent(name="")}
    ),
    "store.people.list_people": Entry("view"),
    "store.people.list_invitations": Entry("own"),
    "store.people.invite_person": Entry("own", {"invitation_id": UNKNOWN, "email": "", "role": "viewer"}),
    "store.people.resend_invitation": Entry("own", {"invitation_id": UNKNOWN}),
    "store.people.withdraw_invitation": Entry("own", {"invitation_id": UNKNOWN}),
    "store.people.change_role": Entry("own", {"person_id": UNKNOWN, "before": "viewer", "role": "owner"}),
    "store.people.remove_person": Entry("own", {"person_id": UNKNOWN}),
    "store.people.look_at_invitation": Entry("anyone"),
    "store.people.accept_invitation": Entry("anyone"),
    "store.people.join_invitation": Entry("session"),
    "publisher.previews.preview_credential": Entry("service"),
    "publisher.previews.preview_email": Entry("service"),
    "publisher.previews.list_installed_designs": Entry("service"),
    "store.publications.request_publication": Entry(
        "publish", {"publication_id": UNKNOWN, "credentials": ((UNKNOWN, 1),)}
    ),
    "store.publications.get_publication": Entry("view", {"publication_id": UNKNOWN}),
    "store.publications.list_publications": Entry("view"),
    "store.publications.pause_publication": Entry("publish", {"publication_id": UNKNOWN}),
    "store.publications.resume_publication": Entry("publish", {"publication_id": UNKNOWN}),
    "store.publications.cancel_publication": Entry("publish", {"publication_id": UNKNOWN}),
    "store.publications.list_problems": Entry("view", {"publication_id": UNKNOWN}),
    "store.publishing.load_chunk": Entry("service", {"publication_id": UNKNOWN, "chunk": 0}),
    "store.publishing.record_published": Entry(
        "service", {"publication_id": UNKNOWN, "chunk": 0, "fence": 1, "published": (), "failed": ()}
    ),
    "store.publishing.hand_back_chunk": Entry(
        "service", {"publication_id": UNKNOWN, "chunk": 0, "fence": 1, "reason": "test", "seconds": 1.0}
    ),
    "store.credentials.check_selection": Entry("publish", {"credentials": ((UNKNOWN, 1),)}),
    "store.credentials.freeze_selection": Entry("draft", {"purpose": "publish", "credentials": ((UNKNOWN, 1),)}),
    "store.credentials.delete_selection": Entry("draft", {"selection_id": UNKNOWN}),
    "store.credentials.save_filter": Entry(
        "view", {"filter_id": new_id(), "name": "Mine", "filter": credentials.CredentialFilter()}
    ),
    "store.credentials.list_saved_filters": Entry("view"),
    "store.credentials.delete_saved_filter": Entry("view", {"filter_id": UNKNOWN}),
    "store.sending.get_sending": Entry("own"),
    "store.sending.change_sending": Entry(
        "own",
        {
            "revision": 7,
            "content": sending.SendingContent(sender_name="Tern", sender_address="tern@mail.example"),
        },
    ),
    "store.sending.send_test_email": Entry("own", {"delivery_id": UNKNOWN}),
    "store.sending.get_test_email": Entry("own", {"delivery_id": UNKNOWN}),
    "store.sending.get_mail_server": Entry("service"),
    "store.sending.create_dkim_key": Entry("own", {"revision": 7}),
    "store.sending.switch_dkim": Entry("own", {"revision": 7, "active": False}),
    "store.credentials.ask_together": Entry(
        "view", {"questions": (together.Question(operation=groups.LIST_GROUPS.name, request={}),)}
    ),
    "store.operations.get_operations": Entry("operate"),
    "store.operations.list_letters": Entry("operate"),
    "store.operations.redrive_letter": Entry("operate", {"letter_id": "unknown"}),
    "store.operations.discard_letter": Entry("operate", {"letter_id": "unknown", "reason": ""}),
    "store.operations.operator_switches_mail": Entry("operate", {"flows": True}),
    "store.operations.switch_mail": Entry("service", {"flows": True}),
    "store.operations.get_installation": Entry("service"),
    "store.operations.create_operator": Entry(
        "service", {"name": "Olga", "email": "olga@mail.example", "password": "x"}
    ),
    "store.operations.report_holds": Entry("service", {"mailer": UNKNOWN, "holds": ()}),
    "store.operations.set_limit": Entry("service", {"publish": 1}),
}
"""By the operation's name."""


def operations() -> list[Operation[Any, Any]]:
    """Return all there are: whatever a module of the contracts declares, and not what it lists."""
    modules = [
        importlib.import_module(f"{rpc.__name__}.{module.name}") for module in pkgutil.iter_modules(rpc.__path__)
    ]
    declared = [value for module in modules for value in vars(module).values() if isinstance(value, Operation)]
    return list({operation.name: operation for operation in declared}.values())
