"""What a credential is, in both directions: facts to bytes, and bytes to facts.

No clock, no private key, no framework; only `files` touches a disk. From the outside in:

* ``envelope.py``     what a QR code holds: the bare and the link form (``qr.py`` draws it)
* ``cose.py``         COSE_Sign1 and COSE_Sign: pack, unpack, sign, open
* ``cbor.py``         the one CBOR dialect, read strictly
* ``claims.py``       Licence, Badge, IdentityCode, and the claims around them
* ``facts.py``        the same facts as JSON
* ``code_book.py``    identity codes signed in advance, for where there is no signal
* ``status_list.py``  which credentials still stand; ``trust_list.py``  who may sign what
* ``keys.py``         public keys and key ids; ``labels.py``  the registered numbers
* ``codelists``       what the codes are called
* ``errors.py``       the one exception and its codes; ``messages.py``  what they mean, in words

FORMAT.md beside this file specifies it all for those who write a reader of their own.
"""
