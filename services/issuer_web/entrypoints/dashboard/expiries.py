"""When credentials expire, in words."""

from flask import Flask
from flask_babel import gettext as _
from flask_babel import ngettext

from conferral.contracts.rpc.groups import DefaultExpiry
from conferral.contracts.rpc.selections import Expiries
from services.issuer_web.domain.shapes import FormShape
from services.issuer_web.entrypoints.dashboard.presentation import day


def install(app: Flask) -> None:
    """Make the words known to the templates."""
    app.jinja_env.globals.update(
        expiry_words=expiry_words, expiry_defaults=expiry_defaults, expiries_told=expiries_told
    )


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


def expiries_told(expiries: Expiries) -> str:
    """Say in a line when several credentials expire: "3 never expire; 1 expires on 1 Mar 2028"."""
    told = []
    if expiries.never:
        told.append(ngettext("%(num)s never expires", "%(num)s never expire", expiries.never))
    if expiries.first and expiries.first == expiries.last:
        on = day(expiries.first)
        told.append(ngettext("%(num)s expires on %(day)s", "%(num)s expire on %(day)s", expiries.dated, day=on))
    elif expiries.first and expiries.last:
        days = {"first": day(expiries.first), "last": day(expiries.last)}
        told.append(
            ngettext(
                "%(num)s expires between %(first)s and %(last)s",
                "%(num)s expire between %(first)s and %(last)s",
                expiries.dated,
                **days,
            )
        )
    return "; ".join(map(str, told))
