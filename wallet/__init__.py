"""What a physician holds up: licence (电子证照), identity code (电子身份码), badge (工牌), also offline.

Pure rules first, then the one object that carries them out. No clock, no key, no web framework, no database:

* ``holdings.py``  which credentials are held, which is current, for which record
* ``identity.py``  the cadence of the 30-second code: consent, a new code every 20 s, newest device wins
* ``book.py``      which code of a code book to show now, how long the book lasts, whether the clock moved
* ``badge.py``     a signed badge as a picture to print
* ``desk.py``      the use cases over ``ports.py``: what is asked of the registry and of the issuer
* ``errors.py``    why not, in words
"""
