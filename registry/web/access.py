"""Who may open a view. A view says so itself; one that does not is refused when the application is made.

    @blueprint.get("/licence")
    @access(PHYSICIAN)
    def licence(): ...

Who is not signed in is sent to sign in; who is, but may not, is told so. What belongs to somebody else is not
decided here: the desks answer ``NOT_FOUND`` for it, as if it did not exist.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from flask import Flask

from registry.record import Binding
from registry.roles import Role

View = TypeVar("View", bound=Callable[..., object])
_ATTRIBUTE: Final = "access"
# Views that belong to libraries: files that anyone may have.
FILES: Final = frozenset({"static", "bootstrap.static", "wallet.static"})


@dataclass(frozen=True, slots=True)
class Access:
    """The roles a view is open to; none means anyone. ``bindings`` narrows it to physicians whose
    registration account stands so (manual, 1.1)."""

    roles: frozenset[Role] | None
    bindings: frozenset[Binding] | None = None


ANYONE: Final = Access(None)
SIGNED_IN: Final = Access(frozenset(Role) - {Role.SYSTEM})
APP: Final = Access(frozenset({Role.PUBLIC, Role.PHYSICIAN}))
"""An account of the app: a physician's, or one of the public."""
PHYSICIAN: Final = Access(frozenset({Role.PHYSICIAN}))
BOUND: Final = Access(
    frozenset({Role.PHYSICIAN}),
    frozenset({Binding.PENDING_ACTIVATION, Binding.ACTIVE, Binding.REVOKED}),
)
"""A physician whose data may be seen: user name and password are set (manual, 1.1 rule 2)."""
ACTIVE: Final = Access(frozenset({Role.PHYSICIAN}), frozenset({Binding.ACTIVE}))
INSTITUTION: Final = Access(frozenset({Role.INSTITUTION_CLERK}))
AUTHORITY: Final = Access(frozenset({Role.AUTHORITY_CLERK}))
CLERK: Final = Access(frozenset({Role.INSTITUTION_CLERK, Role.AUTHORITY_CLERK}))
ADMIN: Final = Access(frozenset({Role.ADMIN}))
OFFICE: Final = Access(frozenset({Role.INSTITUTION_CLERK, Role.AUTHORITY_CLERK, Role.ADMIN}))


def access(who: Access) -> Callable[[View], View]:
    """Says who may open the view it decorates."""

    def mark(view: View) -> View:
        setattr(view, _ATTRIBUTE, who)
        return view

    return mark


def access_of(app: Flask, endpoint: str) -> Access:
    """Who may open this endpoint."""
    if endpoint in FILES:
        return ANYONE
    found = getattr(app.view_functions[endpoint], _ATTRIBUTE, None)
    if not isinstance(found, Access):
        raise TypeError(f"the view {endpoint} does not say who may open it")
    return found


def check_views(app: Flask) -> None:
    """Refuses an application with a view that does not say who may open it."""
    for endpoint in app.view_functions:
        access_of(app, endpoint)
