"""Who people are and how they log in: identity numbers, user names, passwords.

* 居民身份证号: 17 digits and a check character (GB 11643-1999); sex and birth date follow from it.
* 用户名: a letter first, 6 to 12 letters, digits or underscores (manual, section 1.1).
* 密码: letters and digits, at most 16 (manual); this registry asks for at least 8 and for both.
  Passwords are kept as Argon2id hashes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from registry.errors import Code, refuse
from registry.forms import UnreadableError, person_name
from registry.record import Gender

_ID_NUMBER: Final = re.compile(r"\d{17}[\dX]", re.ASCII)
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = "10X98765432"
_USERNAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{5,11}", re.ASCII)
_TRAILING: Final = re.compile(r"[\d!@#.]*$")
_COMMON: Final = frozenset(
    [
        "password",
        "passw",
        "passwd",
        "qwerty",
        "qwertyuiop",
        "asdfgh",
        "asdfghjkl",
        "zxcvbn",
        "zxcvbnm",
        "iloveyou",
        "woaini",
        "woaiwojia",
        "abc",
        "abcd",
        "abcde",
        "abcdef",
        "abcdefg",
        "aaaaaa",
        "admin",
        "administrator",
        "root",
        "test",
        "welcome",
        "letmein",
        "doctor",
        "yisheng",
        "yiliao",
        "hospital",
        "yiyuan",
        "a",
        "q",
        "aa",
        "qq",
        "qwe",
        "asd",
        "zxc",
        "q1w2e3r4t5y",
        "1q2w3e4r5t6y",
        "1qaz2wsx",
        "a1b2c3d",
    ]
)
"""What people choose first, with any digits behind it: those that meet the policy and protect nothing."""
_PASSWORD: Final = re.compile(r"(?=.*[A-Za-z])(?=.*\d)[\x21-\x7e]{8,16}", re.ASCII)


@dataclass(frozen=True, slots=True)
class IdNumber:
    """A resident identity number that has passed its checks."""

    digits: str
    gender: Gender
    born_on: date

    @classmethod
    def parse(cls, text: str, *, today: date) -> IdNumber | None:
        """The number, or None where form, check character or date is wrong."""
        digits = text.strip().upper()
        if not _ID_NUMBER.fullmatch(digits) or digits[17] != check_character(digits[:17]):
            return None
        try:
            born_on = date(int(digits[6:10]), int(digits[10:12]), int(digits[12:14]))
        except ValueError:
            return None
        if born_on > today:
            return None
        gender = Gender.MALE if int(digits[16]) % 2 else Gender.FEMALE
        return cls(digits, gender, born_on)

    @staticmethod
    def is_person_name(name: str) -> bool:
        try:
            return person_name(name) == name
        except UnreadableError:
            return False


def check_character(first_17: str) -> str:
    """The eighteenth character (ISO 7064 MOD 11-2)."""
    total = sum(int(digit) * weight for digit, weight in zip(first_17, _WEIGHTS, strict=True))
    return _CHECKS[total % 11]


def masked(number: str) -> str:
    """First character, five asterisks, last character (manual, 3.1.2)."""
    return f"{number[0]}*****{number[-1]}" if number else ""


def checked_username(name: str) -> str:
    """``name`` in lower case, which is how it is compared; refused when the manual's form is not met."""
    if not _USERNAME.fullmatch(name):
        raise refuse(Code.USERNAME_INVALID, "username")
    return name.lower()


def hash_password(password: str) -> str:
    """The Argon2id hash of a password that meets the policy and is not among the most common."""
    if not _PASSWORD.fullmatch(password):
        raise refuse(Code.PASSWORD_WEAK, "password")
    if _TRAILING.sub("", password.lower()) in _COMMON:
        raise refuse(Code.PASSWORD_COMMON, "password")
    return _hasher().hash(password)


def password_fits(password: str, password_hash: str) -> bool:
    """Whether the password is the one; takes as long for a wrong one. An empty hash fits nothing."""
    try:
        return _hasher().verify(password_hash or _no_hash(), password) and bool(password_hash)
    except VerificationError:
        return False


def hashed_anew(password: str, password_hash: str) -> str | None:
    """The hash by the parameters of today where the one that is kept is of weaker ones; else None. Only for a
    password that fits."""
    hasher = _hasher()
    return hasher.hash(password) if hasher.check_needs_rehash(password_hash) else None


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _no_hash() -> str:
    return _hasher().hash("nobody has this password")
