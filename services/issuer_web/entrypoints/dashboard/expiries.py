"""When credentials expire, in words."""

from flask import Flask
from flask_babel import gettext as _
from flask_babel import ngettext

from conferral.contracts.rpc.groups import DefaultExpiry
from services.issuer_web.domain.shapes import FormShape
from services.issuer_web.entrypoints.dashboard.presentation import day


def install(app: Flask) -> None:
    """Make the words known to the templates."""
    app.jinja_env.globals.update(expiry_words=expiry_words, expiry_defaults=expiry_defaults)


def expiry_words(rule: DefaultExpiry) -> str:
    """Say a group's default expiry: "never", "2 years after the issue date", or the day."""
    if rule.kind == "date" and rule.day:
        return day(rule.day)
    if rule.kind != "period":
        return str(_("never"))
    if rule.unit == "days":
        told = ngettext("%(num)s day after the issue date", "%(num)s days after the issue date", rule.amount)
    elif rule.unit == "months":
        told = ngettext("%(num)s month after the issue date", "%(num)s months after the issue date", rule.amount)
    else:
        told = ngettext("%(num)s year after the issue date", "%(num)s years after the issue date", rule.amount)
    return str(told)


def expiry_defaults(shape: FormShape) -> str:
    """Say the default expiry of each group of a form."""
    named = [
        _("%(group)s: %(expiry)s", group=f"\u2068{one.name}\u2069", expiry=expiry_words(one.expiry))
        for one in shape.groups
    ]
    return "; ".join(map(str, named))
