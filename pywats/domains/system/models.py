"""Payloads of the system domain."""

from base64 import b64encode
from dataclasses import dataclass, field

from pywats.exchange.wire import OpenIntEnum, PyWATSModel, UtcDatetime, named

__all__ = ["ClientLog", "ClientRegistration", "ClientType", "ServerInfo", "SystemClient"]


class ClientType(OpenIntEnum):
    """What kind of program a client is."""

    LOCAL_SERVER = 1
    MASTER_SERVER = 2
    CLIENT = 5
    WEB_CLIENT = 6


class SystemClient(PyWATSModel):
    """A client that is registered with the server: a test station, as a rule.

    Attributes:
        client_id: given by the server.
        identifier: given by the client, such as its MAC address.
        name: of the machine.
        display_name: shown instead of the name.
        location: where it stands.
        purpose: what it does.
        type: what kind of program it is.
        client_group_id: the level it belongs to.
        status: as the client told it last.
        version: of the client's program.
        last_ping: when it was heard of last.
        last_report: start of its latest report.
        pending_count: reports that wait in the client.
    """

    client_id: int = named("clientId", "ClientId", "Client_ID", default=...)
    identifier: str | None = named("identifier", "MachineAccountId", "SiteCode")
    name: str | None = named("name", "Name")
    display_name: str | None = named("displayName", "DisplayName")
    location: str | None = named("location", "Location")
    purpose: str | None = named("purpose", "Purpose")
    type: ClientType | None = named("type", "ClientType")
    client_group_id: int | None = named("clientGroupId", "ClientGroupId")
    status: str | int | None = named("status", "StatusText", "Status")
    version: str | None = named("version", "Version")
    last_ping: UtcDatetime | None = named("lastPing", "LastPing")
    last_report: UtcDatetime | None = named("lastReport", "LastReport")
    pending_count: int | None = named("pendingCount", "PendingCount", "pendingTotal")


class ClientLog(PyWATSModel):
    """What a client wrote down about itself."""

    client_log_id: int | None = None
    client_id: int | None = None
    log_date: UtcDatetime | None = None
    user_name: str | None = None
    text: str | None = None


class ServerInfo(PyWATSModel):
    """Which server this is."""

    site_code: str | None = named("SiteCode", "siteCode")
    name: str | None = named("Name", "name")
    version: str | None = named("Version", "version")


@dataclass(frozen=True, slots=True)
class ClientRegistration:
    """What a client got from the server when it was registered.

    Attributes:
        client_id: under which it is registered.
        passcode: the secret part of its token; not shown in the ``repr``.
    """

    client_id: str
    passcode: str = field(repr=False)

    @property
    def token(self) -> str:
        """The client's own token, for ``pyWATS(base_url, token)``."""
        return b64encode(f"{self.client_id}:{self.passcode}".encode()).decode()
