"""Why something is not a credential: one vocabulary for library, command and page.

* A `Code` is a stable name. It never changes its meaning; texts may.
* Where a reason is about one part, the part is the `subject`: ``CLAIM_MISSING:exp``.
* Every code has one row in ``reasons.json`` (step, verdict, texts in Chinese and English); that
  file is the only table, from which FORMAT.md, the command and the page take their words.
* The order below is the order of verification (FORMAT.md, section "Verification").
"""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """The stable name of a reason."""

    # Reading a source: nothing is known of any credential yet.
    SOURCE_MISSING = "SOURCE_MISSING"
    FILE_TYPE = "FILE_TYPE"
    IMAGE_INVALID = "IMAGE_INVALID"
    IMAGE_TOO_MANY_PIXELS = "IMAGE_TOO_MANY_PIXELS"
    QR_UNREADABLE = "QR_UNREADABLE"
    QR_AMBIGUOUS = "QR_AMBIGUOUS"
    BROWSER_UNSUPPORTED = "BROWSER_UNSUPPORTED"
    READER_MISSING = "READER_MISSING"

    # 1-3: size and form, base45 or digits, bounded inflate.
    SIZE_LIMIT = "SIZE_LIMIT"
    QR_NOT_OURS = "QR_NOT_OURS"
    VERSION_UNSUPPORTED = "VERSION_UNSUPPORTED"
    B45_INVALID = "B45_INVALID"
    ZLIB_INVALID = "ZLIB_INVALID"

    # 4: strict CBOR, COSE shape. The same CBOR codes may come from the claims in step 7.
    CBOR_MALFORMED = "CBOR_MALFORMED"
    CBOR_INDEFINITE = "CBOR_INDEFINITE"
    CBOR_NOT_MINIMAL = "CBOR_NOT_MINIMAL"
    CBOR_TAG = "CBOR_TAG"
    CBOR_DUPLICATE_KEY = "CBOR_DUPLICATE_KEY"
    CBOR_KEY_ORDER = "CBOR_KEY_ORDER"
    CBOR_TEXT = "CBOR_TEXT"
    CBOR_LIMIT = "CBOR_LIMIT"
    CBOR_TRAILING = "CBOR_TRAILING"
    COSE_STRUCTURE = "COSE_STRUCTURE"
    HEADER_INVALID = "HEADER_INVALID"
    HEADER_DUPLICATE = "HEADER_DUPLICATE"
    CRIT_UNSUPPORTED = "CRIT_UNSUPPORTED"

    # 5-6: the algorithm, the candidate keys, the signature.
    ALG_NOT_ALLOWED = "ALG_NOT_ALLOWED"
    KEY_UNKNOWN = "KEY_UNKNOWN"
    SIGNATURE_INVALID = "SIGNATURE_INVALID"

    # 7: the claims.
    CLAIMS_NOT_MAP = "CLAIMS_NOT_MAP"
    CLAIM_MISSING = "CLAIM_MISSING"
    CLAIM_TYPE = "CLAIM_TYPE"
    CLAIM_VALUE = "CLAIM_VALUE"
    CLAIM_UNKNOWN = "CLAIM_UNKNOWN"
    CODE_LIFETIME = "CODE_LIFETIME"
    KIND_UNEXPECTED = "KIND_UNEXPECTED"

    # 8: the key.
    ISSUER_MISMATCH = "ISSUER_MISMATCH"
    KEY_REVOKED = "KEY_REVOKED"
    KEY_PURPOSE = "KEY_PURPOSE"
    KEY_NOT_YET_VALID = "KEY_NOT_YET_VALID"
    KEY_RETIRED = "KEY_RETIRED"
    KEY_EXPIRED = "KEY_EXPIRED"

    # 9-10: time, issuer scope.
    EXPIRED = "EXPIRED"
    CODE_EXPIRED = "CODE_EXPIRED"
    NOT_YET_VALID = "NOT_YET_VALID"
    ISSUED_IN_FUTURE = "ISSUED_IN_FUTURE"
    CLOCK_WENT_BACK = "CLOCK_WENT_BACK"
    ISSUER_SCOPE = "ISSUER_SCOPE"

    # 11: status.
    STATUS_UNKNOWN = "STATUS_UNKNOWN"
    STATUS_SUBJECT = "STATUS_SUBJECT"
    STATUS_INDEX = "STATUS_INDEX"
    REVOKED = "REVOKED"
    SUSPENDED = "SUSPENDED"
    SUPERSEDED = "SUPERSEDED"

    # Trust list, snapshot and status lists, when they are loaded or used.
    TRUST_MISSING = "TRUST_MISSING"
    TRUST_MALFORMED = "TRUST_MALFORMED"
    TRUST_SIGNATURE = "TRUST_SIGNATURE"
    TRUST_THRESHOLD = "TRUST_THRESHOLD"
    TRUST_PINNED = "TRUST_PINNED"
    TRUST_ENVIRONMENT = "TRUST_ENVIRONMENT"
    TRUST_EXPIRED = "TRUST_EXPIRED"
    TRUST_ROLLBACK = "TRUST_ROLLBACK"
    TRUST_EQUIVOCATION = "TRUST_EQUIVOCATION"
    TRUST_VERSION_GAP = "TRUST_VERSION_GAP"
    TRUST_MIX = "TRUST_MIX"
    STATUS_SIGNATURE = "STATUS_SIGNATURE"
    STATUS_MALFORMED = "STATUS_MALFORMED"
    STATUS_ROLLBACK = "STATUS_ROLLBACK"
    TIMEOUT = "TIMEOUT"
    UNREACHABLE = "UNREACHABLE"

    # Issuing.
    TEXT_FORBIDDEN = "TEXT_FORBIDDEN"
    KEY_OUTLIVED = "KEY_OUTLIVED"
    KEY_FILE = "KEY_FILE"
    KEY_NOT_HELD = "KEY_NOT_HELD"
    PORTRAIT_TOO_DETAILED = "PORTRAIT_TOO_DETAILED"
    CREDENTIAL_UNKNOWN = "CREDENTIAL_UNKNOWN"
    STATUS_FINAL = "STATUS_FINAL"
    TEXT_TOO_LONG = "TEXT_TOO_LONG"
    HOME_EXISTS = "HOME_EXISTS"
    HOME_MISSING = "HOME_MISSING"
    FOLDER_UNUSABLE = "FOLDER_UNUSABLE"
    ISSUER_UNKNOWN = "ISSUER_UNKNOWN"
    BOOK_SPAN = "BOOK_SPAN"

    # A code book, where it is kept.
    BOOK_MALFORMED = "BOOK_MALFORMED"

    # Notices: said beside a verdict, never instead of one.
    TEST_ENVIRONMENT = "TEST_ENVIRONMENT"
    COMPARE_PHOTO = "COMPARE_PHOTO"
    STATUS_STALE = "STATUS_STALE"
    CODE_REPLAYED = "CODE_REPLAYED"
    OTHER_CODES = "OTHER_CODES"


class CredentialError(Exception):
    """The one exception of the offline packages.

    ``code`` is the stable reason, ``subject`` the part it is about (a claim's or file's name, may
    be empty), ``detail`` words for a log, which are not stable and never hold personal data.
    """

    def __init__(self, code: Code, subject: str = "", detail: str = "") -> None:
        self.code = code
        self.subject = subject
        self.detail = detail
        super().__init__(": ".join(part for part in (self.reason, detail) if part))

    @property
    def reason(self) -> str:
        """Code and subject as written in results and vectors: ``CLAIM_MISSING:exp``."""
        return f"{self.code}:{self.subject}" if self.subject else str(self.code)
