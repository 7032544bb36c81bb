"""An issuing office: founded once, its authorities and keys changed since.

Every change is the next version of the trust list, signed by the anchors under the home's lock; what
readers need of it goes out with the next publication.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from credential.errors import Code, CredentialError
from credential.facts import check_text
from credential.keys import Algorithm
from credential.text import Text
from credential.trust_list import Environment, KeyRecord, Purpose, TrustList
from issuer import mandates
from issuer.home import Home
from issuer.publish import Published, publish
from issuer.signer import generate

Change = Callable[[TrustList], TrustList]


@dataclass(frozen=True, slots=True)
class Authority:
    """发证机关: its URI, its name, and the GB/T 2260 prefixes it may register for (``*``: everywhere)."""

    iss: str
    name: Text
    regions: tuple[str, ...]

    def __post_init__(self) -> None:
        for text in self.name:
            check_text(text, "name")
        if not self.regions or not all(map(_is_region, self.regions)):
            raise CredentialError(Code.CLAIM_VALUE, "region", "2, 4 or 6 digits, or *")


def found(
    home: Home,
    authority: Authority,
    *,
    host: str,
    environment: Environment,
    algorithm: Algorithm,
    now: int,
) -> tuple[TrustList, Published]:
    """Anchor, keys, first trust list and first publication in an empty home; ``HOME_EXISTS``."""
    if home.exists:
        raise CredentialError(Code.HOME_EXISTS, str(home.folder))
    anchor = generate(algorithm)
    home.add_anchor(anchor)
    purposes = (*mandates.AUTHORITY, Purpose.SNAPSHOT)
    content = TrustList(
        version=1,
        epoch=1,
        iat=now,
        exp=now + mandates.TRUST_LIST_S,
        environment=environment,
        threshold=1,
        anchors=(anchor.public,),
        hosts=(host,),
        keys=_new_keys(home, authority, purposes, algorithm=algorithm, start=now),
    )
    home.sign_list(content)
    _open_list(home, authority, now)
    return content, publish(home, now=now)


def amend(home: Home, change: Change, *, now: int) -> TrustList:
    """The trust list after ``change``, signed and stored as its next version, good for 90 days."""
    with home.locked():
        before = home.content()
        content = change(mandates.renewed(before, now=now))
        home.sign_list(content, before=before)
    return content


def add_keys(
    home: Home,
    authority: Authority,
    purposes: Iterable[Purpose],
    *,
    algorithm: Algorithm,
    start: int,
    now: int,
    more: Change = lambda content: content,
) -> TrustList:
    """The trust list with new keys of ``authority`` that sign from ``start`` on, and with ``more``."""
    records = _new_keys(home, authority, purposes, algorithm=algorithm, start=start)
    content = amend(home, lambda listed: more(mandates.with_keys(listed, records)), now=now)
    _open_list(home, authority, now)
    return content


def new_anchor(home: Home, *, algorithm: Algorithm) -> Change:
    """A further anchor, kept in the home: the change that puts it on the trust list."""
    anchor = generate(algorithm)
    home.add_anchor(anchor)
    return lambda content: mandates.with_anchor(content, anchor.public)


def _new_keys(
    home: Home,
    authority: Authority,
    purposes: Iterable[Purpose],
    *,
    algorithm: Algorithm,
    start: int,
) -> tuple[KeyRecord, ...]:
    records = []
    for purpose in purposes:
        key = generate(algorithm)
        home.add_key(key)
        records.append(
            mandates.record(
                key.public,
                purpose,
                iss=authority.iss,
                name=authority.name,
                regions=authority.regions,
                start=start,
            )
        )
    return tuple(records)


def _open_list(home: Home, authority: Authority, now: int) -> None:
    """A status list from the first day, so that the first credential can be checked at once."""
    with home.ledger() as ledger:
        ledger.open_list(iss=authority.iss, iat=now, new_list=home.list_uri)


def _is_region(region: str) -> bool:
    return region == "*" or (region.isascii() and region.isdigit() and len(region) in (2, 4, 6))
