"""What a deployment sets: from the environment (``YIZHENG_…``) and a TOML file, the environment first.

A demonstration runs with nothing set. Production refuses to start with anything that is only fit for one: a
demonstration's secret, a debug flag, plain http, a stand-in for SMS or for the face step. A stand-in is taken
all the same where ``accept_risks`` names it, so that nobody runs one without having said so.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, SecretStr, ValidationError

from registry.rules import Policy

PREFIX: Final = "YIZHENG_"
DEMO_SECRET: Final = "demonstration-secret-of-no-worth"  # noqa: S105 - refused in production
DEMO_PASSPHRASE: Final = "demonstration-passphrase"  # noqa: S105 - refused in production
MIN_SECRET_CHARS: Final = 32


class SettingsError(Exception):
    """The settings do not fit; one line for each reason."""


def _listed(value: Any) -> Any:
    return (
        tuple(part.strip() for part in value.split(",") if part.strip())
        if isinstance(value, str)
        else value
    )


def _named(value: Any) -> Any:
    """``name=value, name=value`` as a table."""
    if not isinstance(value, str):
        return value
    parts = (part.partition("=") for part in value.split(",") if part.strip())
    return {name.strip(): said.strip() for name, _, said in parts}


class Settings(BaseModel):
    """Everything a deployment decides. Names are those of the environment in lower case."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    environment: Literal["demo", "production"] = "demo"
    base_url: str = "http://127.0.0.1:8000"
    database: str = "sqlite:///var/registry.db"
    issuer_home: Path = Path("var/issuer")
    data: Path = Path("var")
    secret_key: SecretStr = SecretStr(DEMO_SECRET)
    key_passphrase: SecretStr = SecretStr(DEMO_PASSPHRASE)
    debug: bool = False
    proxies: int = 0
    """How many proxies in front are trusted to name the client's address."""
    rate_limits: bool = True
    rate_storage: str = "memory://"
    """Where Flask-Limiter counts; a Redis URI where several processes serve."""
    sms: str = "outbox"
    """``outbox`` (a stand-in: files in the data folder), an https URL, or ``command:PATH``."""
    sms_secret: SecretStr = SecretStr("")
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_sender: str = "noreply@localhost"
    smtp_username: str = ""
    smtp_password: SecretStr = SecretStr("")
    face: Literal["stand-in"] = "stand-in"
    """The face step. Only the stand-in ships; a service is handed to ``create_app`` in code."""
    security_contact: str = ""
    """Where to report a security problem: ``mailto:…`` or ``https://…``, for the page and security.txt."""
    second_factor: Literal["when-set", "required"] = "when-set"
    """Whether clerks must have a second factor, or are asked for one where they have set it up."""
    policy: Annotated[Policy, BeforeValidator(_named)] = Policy()
    """What the law leaves to a deployment: ``two_persons_decide=true, may_extend=true``."""
    accept_risks: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    """Stand-ins a production deployment runs knowingly: ``sms-outbox``, ``face-stand-in``."""

    @classmethod
    def read(cls, environ: Mapping[str, str], **given: Any) -> Settings:
        """The settings of this environment, with ``given`` over them; `SettingsError`."""
        values: dict[str, Any] = {}
        if path := environ.get(f"{PREFIX}SETTINGS"):
            try:
                values = tomllib.loads(Path(path).read_text("utf-8"))
            except (OSError, tomllib.TOMLDecodeError) as error:
                raise SettingsError(f"{PREFIX}SETTINGS: {error}") from error
        for name in cls.model_fields:
            if (value := environ.get(f"{PREFIX}{name.upper()}")) is not None:
                values[name] = value
        try:
            settings = cls(**{**values, **given})
        except ValidationError as error:
            lines = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            raise SettingsError("\n".join(lines)) from error
        if faults := settings.faults():
            raise SettingsError("\n".join(faults))
        return settings

    @property
    def is_secure(self) -> bool:
        """Whether pages are served over https, so that cookies may demand it."""
        return self.base_url.startswith("https://")

    @property
    def host(self) -> str:
        """Host and port that requests must name."""
        return urlsplit(self.base_url).netloc

    def faults(self) -> list[str]:
        """Why this must not serve; nothing for a demonstration."""
        if self.environment == "demo":
            return []
        secret = self.secret_key.get_secret_value()
        weak = secret == DEMO_SECRET or len(secret) < MIN_SECRET_CHARS
        stand_ins = {"sms-outbox": self.sms == "outbox", "face-stand-in": self.face == "stand-in"}
        said = {
            "secret_key: set a random one of 32 characters or more": weak,
            "key_passphrase: set the passphrase of the issuer's keys": (
                self.key_passphrase.get_secret_value() == DEMO_PASSPHRASE
            ),
            "debug: must be off": self.debug,
            "base_url: must be https": not self.is_secure,
            "security_contact: must be mailto: or https:": bool(self.security_contact)
            and not self.security_contact.startswith(("mailto:", "https://")),
            "second_factor: must be required": self.second_factor != "required",
            **{
                f"{risk}: a stand-in; name it in accept_risks to run it knowingly": used
                for risk, used in stand_ins.items()
                if risk not in self.accept_risks
            },
        }
        return [reason for reason, applies in said.items() if applies]
