"""The software of others that this service runs on, with its licences, as each distribution names them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from typing import Final

DISTRIBUTION: Final = "yizheng"
_NAME: Final = re.compile(r"[\w.-]+", re.ASCII)
_LONGEST: Final = 60
"""A longer ``License`` is its text, not its name."""
_DRAWN: Final = (("Bootstrap", "MIT"), ("Bootstrap Icons", "MIT"))
"""What Bootstrap-Flask brings along for the pages."""


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of software: name, version and licence (an SPDX expression where it gives one)."""

    name: str
    version: str
    licence: str


@cache
def version() -> str:
    """The version of this software."""
    return metadata.version(DISTRIBUTION)


@cache
def parts() -> tuple[Part, ...]:
    """What is installed of what the service needs, by name; tools for its development are left out."""
    wanted = {
        match[0]
        for line in metadata.requires(DISTRIBUTION) or ()
        if 'extra == "dev"' not in line and (match := _NAME.match(line))
    }
    found = [_part(name) for name in wanted if _is_there(name)]
    found += [Part(name, "", licence) for name, licence in _DRAWN]
    return tuple(sorted(found, key=lambda part: part.name.lower()))


def _is_there(name: str) -> bool:
    return any(metadata.distributions(name=name))


def _part(name: str) -> Part:
    told = metadata.metadata(name)
    classified = [
        line.rpartition(" :: ")[2]
        for line in told.get_all("Classifier") or ()
        if line.startswith("License :: OSI Approved :: ")
    ]
    written = _first(told, "License")
    short = written if len(written) <= _LONGEST and "\n" not in written else ""
    licence = _first(told, "License-Expression") or short or " / ".join(classified)
    return Part(told["Name"], told["Version"], licence)


def _first(told: metadata.PackageMetadata, field: str) -> str:
    values = told.get_all(field) or []
    return str(values[0]) if values else ""
