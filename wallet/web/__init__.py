"""The wallet's pages: what a physician holds up on the phone, and the PC that is signed in with it.

    keeping.py      the ports of `wallet` over the registry's database; nothing of Flask
    service.py      what the views work with, handed in by app.py; refusals of the wallet as pages
    code.py         电子身份码: consent, the running code, leaving
    book.py         脱网码包: the code book of one device
    licence.py      电子证照: the face of the certificate, its history, the clerk's preview
    badge.py        工牌 and 工牌管理, behind user verification
    gate.py         生物识别: WebAuthn user verification, or the password where a device has none
    scan_login.py   扫码登录: a PC is signed in by the phone

Scripts are modules in ``js/``; templates in ``templates/wallet``.
"""
