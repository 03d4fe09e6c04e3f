"""Which certificates are trusted."""

import ssl

from pywats.errors import ConfigurationError
from pywats.settings import ServerSettings


def context_for(settings: ServerSettings) -> ssl.SSLContext:
    """The rules for checking a server: the system's store and, besides it, ``ca_file``; or no check at all.

    Raises:
        ConfigurationError: ``ca_file`` cannot be read or holds no certificate.
    """
    context = ssl.create_default_context()
    if not settings.verify_ssl:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif settings.ca_file is not None:
        try:
            context.load_verify_locations(cafile=settings.ca_file)
        except ssl.SSLError as error:
            msg = f"ca_file {settings.ca_file} holds no certificate in PEM form ({error.reason or error})"
            raise ConfigurationError(msg) from error
        except OSError as error:
            msg = f"ca_file {settings.ca_file} cannot be read: {error.strerror}"
            raise ConfigurationError(msg) from error
    return context
