"""The check of the sender's domain, and the key that signs emails."""

from collections.abc import Callable, Mapping

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from conferral.contracts.errors import ConferralError
from services.issuer_web.domain.sender_domain import Finding
from services.issuer_web.entrypoints.dashboard.context import needs, organisation_routes, parts, visitor
from services.issuer_web.entrypoints.dashboard.errors import status_of
from services.issuer_web.handlers import sender_domain

routes = organisation_routes("sender_domain")

MEANINGS: Mapping[str, object] = {
    "SPF": lazy_gettext("which servers may send"),
    "DKIM": lazy_gettext("a signature in each email"),
    "DMARC": lazy_gettext("what happens to forged emails"),
}


@routes.get("/settings/sending/domain")
@needs("own")
def show() -> ResponseReturnValue:
    """Look the domain up, and show what was found."""
    return _page()


@routes.post("/settings/sending/domain/key")
@needs("own")
def create_key() -> ResponseReturnValue:
    """Make a key."""
    return _done("key-made", lambda revision: sender_domain.create_key(visitor(), revision))


@routes.post("/settings/sending/domain/signing")
@needs("own")
def switch() -> ResponseReturnValue:
    """Sign emails from now on, or no longer."""
    active = request.form.get("active") == "yes"
    done = "signing-on" if active else "signing-off"
    return _done(done, lambda revision: sender_domain.switch_signing(visitor(), parts().dns, revision, active=active))


def _done(done: str, work: Callable[[int], None]) -> ResponseReturnValue:
    try:
        work(request.form.get("revision", 0, type=int))
    except ConferralError as error:
        if not error.permanent:
            raise
        return _page(error)
    return redirect(url_for("sender_domain.show", done=done), 303)


def _page(error: ConferralError | None = None) -> ResponseReturnValue:
    check = sender_domain.check_domain(visitor(), parts().dns)
    page = render_template(
        "dashboard/sender_domain.html", check=check, letter=_letter(check), meanings=MEANINGS, error=error
    )
    return page, status_of(error) if error else 200


def _letter(check: sender_domain.DomainCheck) -> str:
    """Return what to forward to whoever runs the DNS: in plain words, with the exact records."""
    missing = [one for one in check.findings if one.wanted is not None or one.state == "missing"]
    if not missing:
        return ""
    lines = [_("Hello,"), "", _("please add these TXT records to the DNS of %(domain)s:", domain=check.domain), ""]
    for finding in missing:
        lines += [*_record(check, finding), ""]
    lines.append(_("They let receivers see that the emails of this domain are genuine. Thank you."))
    return "\n".join(map(str, lines))


def _record(check: sender_domain.DomainCheck, finding: Finding) -> list[str]:
    """Return the lines about one record; where its value is not known here, they say who knows it."""
    kind, meaning = finding.kind, MEANINGS[finding.kind]
    name, value = check.domain, ""
    if finding.wanted is not None:
        name, value = finding.wanted.name, finding.wanted.value
    elif kind == "SPF":
        value = _("(whoever runs our installation of Conferral will send you this value: it names their mail server)")
    else:
        name = f"…._domainkey.{check.domain}"
        value = _("(we will send you name and value of this record as soon as we have made the key)")
    return [f"{kind}, {meaning}", f"{_('Name')}: {name}", f"{_('Type')}: TXT", f"{_('Value')}: {value}"]
