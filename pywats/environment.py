"""What a client takes from the environment when it is not told."""

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Environment(BaseSettings):
    """The variables ``WATS_BASE_URL`` and ``WATS_AUTH_TOKEN``."""

    model_config = SettingsConfigDict(env_prefix="WATS_", extra="ignore")

    base_url: str | None = None
    auth_token: SecretStr | None = None
