"""The blocks that every kind of configuration file shares: server, station and limits."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from pywats.config.units import Duration, Pace, Rate
from pywats.errors import ConfigurationError
from pywats.settings import DEFAULT_RATE_LIMIT, DEFAULT_TIMEOUT, authorization_of, normal_base_url
from workers.limiter import RateLimit


class Block(BaseModel):
    """A mapping of a configuration file: unknown keys are errors, and it does not change once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, str_strip_whitespace=True)


def _base_url(text: str) -> str:
    try:
        return normal_base_url(text)
    except ConfigurationError as error:
        raise ValueError(str(error).removeprefix("base_url ")) from error


def _token(token: SecretStr) -> SecretStr:
    try:
        authorization_of(token.get_secret_value())
    except ConfigurationError as error:
        raise ValueError(str(error)) from error
    return token


def _proxy(text: str) -> str:
    try:
        parts = urlsplit(text)
        valid = bool(parts.hostname) and parts.port != 0 and parts.scheme in {"http", "https"}
    except ValueError:
        valid = False
    if not valid:
        raise ValueError("must be an address such as http://proxy.example.com:8080")
    return text


def _existing_file(path: Path) -> Path:
    if not path.is_file():
        raise ValueError(f"there is no file {path}")
    return path


class ServerBlock(Block):
    """``server``: which WATS server, and how to reach it."""

    base_url: Annotated[str, AfterValidator(_base_url)]
    token: Annotated[SecretStr, AfterValidator(_token)]
    proxy: Annotated[str, AfterValidator(_proxy)] | None = Field(default=None, repr=False)
    ca_file: Annotated[Path, AfterValidator(_existing_file)] | None = None
    verify_ssl: bool = True
    timeout: Annotated[Duration, Field(gt=0)] = DEFAULT_TIMEOUT
    trust_env: bool = True


class StationBlock(Block):
    """``station``: who tested, as reports say it where a file does not."""

    name: str = Field(min_length=1, max_length=100)
    location: str = Field(default="", max_length=100)
    purpose: str = Field(default="", max_length=100)


class LimitsBlock(Block):
    """``limits``: how hard the server may be worked."""

    rate: Rate = DEFAULT_RATE_LIMIT
    pace: Pace | None = None
    concurrency: int = Field(default=20, ge=1, le=1000)

    @property
    def rate_limit(self) -> RateLimit | None:
        """The rate and the pace as one value for the client; ``None`` for no limit."""
        if self.rate is None or self.pace is None:
            return self.rate
        return replace(self.rate, pace=self.pace)
