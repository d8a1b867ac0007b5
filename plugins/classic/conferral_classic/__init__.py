"""Classic: an engraved certificate for Conferral."""

from collections.abc import Iterable

from conferral_design_api import Design, hookimpl

from conferral_classic.design import Classic

__all__ = ["Classic", "conferral_register_designs"]


@hookimpl
def conferral_register_designs() -> Iterable[Design]:
    """Offer Classic."""
    return (Classic(),)
