"""Anyone may check, offline: a QR code's text in, verified facts out, or one named reason why not.

    from datetime import UTC, datetime
    from pathlib import Path
    from verifier import TrustStore, VerificationError, verify

    trust = TrustStore(Path("trust")).load()
    try:
        verified = verify(text, trust=trust, now=datetime.now(UTC))
        print(verified.credential.facts.name, verified.issuer.name.zh)
    except VerificationError as error:
        print(error.verdict, error.reason)

* ``verify.py``  the eleven steps, in order; the page to read first
* ``trust.py``   what a reader believes, and how that may change
* ``errors.py``  refused, or undetermined
* ``replay.py``  has this very code been shown before?
* ``scan.py``    picture to text; the libraries for it are the extra ``scan``
* ``fetch.py``   bundles from a file or an address; the one module that opens a connection
* ``cli.py``     ``yizheng-verify``
"""

from credential.errors import Code
from verifier.errors import Verdict, VerificationError
from verifier.trust import Pin, Trust, TrustStore
from verifier.verify import Verified, verify

__all__ = [
    "Code",
    "Pin",
    "Trust",
    "TrustStore",
    "Verdict",
    "VerificationError",
    "Verified",
    "verify",
]
