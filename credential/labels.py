"""The registered and private numbers of the wire format, each named once.

Registries: COSE header parameters https://www.iana.org/assignments/cose/ ,
CWT claims https://www.iana.org/assignments/cwt/ , CBOR tags https://www.iana.org/assignments/cbor-tags/ ,
identity data (CWT claim 169) https://docs.mosip.io/ , version 1.2.1.
"""

from __future__ import annotations

from typing import Final

# CBOR tags (RFC 9052 section 2, RFC 8392 section 6).
TAG_SIGN1: Final = 18
TAG_SIGN: Final = 98
TAG_CWT: Final = 61

# COSE header parameters (RFC 9052 section 3.1, RFC 9596 for typ).
ALG: Final = 1
CRIT: Final = 2
CONTENT_TYPE: Final = 3
KID: Final = 4
TYP: Final = 16

# CWT claims (RFC 8392 section 3.1; status: Token Status List, CWT form).
ISS: Final = 1
SUB: Final = 2
EXP: Final = 4
NBF: Final = 5
IAT: Final = 6
CTI: Final = 7
IDENTITY: Final = 169
STATUS_LIST: Final = 65533
TTL: Final = 65534
STATUS: Final = 65535

# Our one private claim: the kind of a credential, or the body of a trust list or snapshot.
# Integers below -65536 are for private use (RFC 8392 section 9.1).
PRIVATE: Final = -65537

# Identity data: 1-65 are registered in Claim 169, 75-99 are free for closed systems and are ours.
LICENCE_NUMBER: Final = 1
FULL_NAME: Final = 4
GENDER: Final = 9
OLD_PHOTO: Final = 16
OLD_PHOTO_FORMAT: Final = 17
FACE: Final = 62
LEVEL: Final = 75
CATEGORY: Final = 76
SCOPES: Final = 77
PLACE: Final = 78
INSTITUTION: Final = 79
TITLE: Final = 80
APPROVED_ON: Final = 82
FILINGS: Final = 83
VERSION: Final = 84

# Media types in `typ`.
TYP_STATUS_LIST: Final = "application/statuslist+cwt"
TYP_TRUST_LIST: Final = "application/vnd.yizheng.trust-list+cwt"
TYP_SNAPSHOT: Final = "application/vnd.yizheng.snapshot+cwt"
TYP_TIME: Final = "application/vnd.yizheng.time+cwt"
