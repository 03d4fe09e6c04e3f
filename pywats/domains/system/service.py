"""The system domain: the server's state, its clients and their levels, and the life of a registered client."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from pywats.domains.system.models import ClientLog, ClientRegistration, ServerInfo, SystemClient
from pywats.errors import InvalidResponseError, ValidationError
from pywats.exchange.answer import Answer
from pywats.exchange.call import Call, maybe, nothing, one, query, url
from pywats.service import Face, Service, method

_MANAGER: Final = "/api/SystemManager"


class SystemService(Service[Face]):
    """The server, the clients that are registered with it, and the levels that they belong to.

    A client is registered once, with a token that may do that. From then on it calls with its own token, tells the
    server every few minutes that it lives (``ping``), what it does (``update_client_status``), and when it ends
    (``disconnect_client``).
    """

    domain: ClassVar[str] = "system"

    @method
    async def get_system_status(self) -> dict[str, str]:
        """Return how the server is, as names and values."""
        return await self._line.send(Call(verb="GET", path="/api/SystemStatus", read=one(dict[str, str])))

    @method
    async def get_server_info(self) -> ServerInfo | None:
        """Return the site code, the name and the version of the server (internal)."""
        return await self._find("/api/internal/Client/ServerInfo", ServerInfo, internal=True)

    # Clients

    @method
    async def get_clients(self) -> list[SystemClient]:
        """Return all clients with their states."""
        return await self._list(f"{_MANAGER}/Clients", SystemClient)

    @method
    async def get_client(self, name: str | None = None, identifier: str | None = None) -> SystemClient | None:
        """Return the client of a name or of an identifier, or ``None``.

        Raises:
            ValidationError: neither is given.
        """
        if name is None and identifier is None:
            raise ValidationError("get_client needs name or identifier")
        return await self._find(f"{_MANAGER}/Client", SystemClient, query(name=name, identifier=identifier))

    @method
    async def update_client(self, client: SystemClient, move_with_history: bool | None = None) -> bool:
        """Store a client's display name, location, purpose and level; the rest cannot be changed.

        Args:
            client: known by its ``client_id``.
            move_with_history: whether its reports move to the new level, too.
        """
        stored = {"client_id", "name", "display_name", "location", "purpose", "type", "client_group_id"}
        sent = client.model_dump(mode="json", by_alias=True, exclude_none=True, include=stored)
        return await self._accepted("PUT", f"{_MANAGER}/Client", sent, query(moveWithHistory=move_with_history))

    @method
    async def get_client_log(self, identifier: str) -> ClientLog | None:
        """Return the latest log of a client, or ``None``."""
        return await self._find(url(_MANAGER + "/ClientLog/{}", identifier), ClientLog)

    # Levels

    @method
    async def get_level(self, hierarchy: Sequence[str]) -> int | None:
        """Return the id of the level at the end of a path of names, the topmost first, or ``None``."""
        wanted = tuple(("hierarchy", name) for name in _names(hierarchy))
        return await self._find(f"{_MANAGER}/Level", int, wanted)

    @method
    async def create_level(self, hierarchy: Sequence[str]) -> int | None:
        """Add what is missing of a path of levels, topmost first; return the last one's id if the server says it."""
        return await self._write("POST", f"{_MANAGER}/Level", _names(hierarchy), maybe(int))

    # The life of a registered client

    @method
    async def register_client(
        self, client_id: str, name: str, location: str = "", purpose: str = "", *, client_type: str = "python"
    ) -> ClientRegistration:
        """Register a client; return what its own token is made of.

        Registering again gives a new passcode and makes the old one invalid, so the request is sent once.

        Args:
            client_id: tells this client from all others, such as the name of its machine.
            name: shown to users.
            location: where it stands.
            purpose: what it does.
            client_type: the kind of program that servers know for clients in Python.

        Raises:
            ConflictError: the id or the name belongs to a client of another kind.
        """
        wanted = query(id=client_id, type=client_type, name=name, location=location, purpose=purpose)

        def read(answer: Answer) -> ClientRegistration:
            answer.refuse_html()
            passcode = answer.body.decode(errors="replace").strip().strip('"')
            if not passcode.isprintable() or passcode in {"", "null"} or passcode.startswith(("{", "[")):
                raise InvalidResponseError(
                    "the answer is no passcode; it is not shown, since it may hold one",
                    status=answer.status,
                    method=answer.verb,
                    path=answer.path,
                    attempts=answer.attempts,
                )
            return ClientRegistration(client_id, passcode)

        return await self._line.send(
            Call(verb="POST", path="/api/Client/Register", query=wanted, read=read, repeatable=False)
        )

    @method
    async def update_client_status(
        self,
        name: str,
        location: str = "",
        purpose: str = "",
        *,
        version: str = "",
        status: str = "Online",
        pending_total: int = 0,
        computer: Mapping[str, Any] | None = None,
        converters: Sequence[Mapping[str, Any]] = (),
    ) -> bool:
        """Tell the server about the client whose token is used.

        Args:
            name: of the client.
            location: where it stands.
            purpose: what it does.
            version: of its program.
            status: ``Online`` or ``Offline``.
            pending_total: reports that wait to be sent.
            computer: facts about the machine.
            converters: what turns files into reports there.
        """
        said = {
            "name": name,
            "location": location,
            "purpose": purpose,
            "version": version,
            "status": status,
            "pendingTotal": pending_total,
            "computer": computer or {},
            "converters": list(converters),
        }
        return await self._accepted("PUT", "/api/Client/Update", said)

    @method
    async def update_client_settings(
        self, name: str, location: str = "", purpose: str = "", misc_info: str | None = None
    ) -> bool:
        """Store name, location and purpose of the client whose token is used, and its converters as XML (internal)."""
        said = {"name": name, "location": location, "purpose": purpose, "miscinfo": misc_info}
        return await self._accepted("POST", "/api/internal/Client/Update", said, internal=True)

    @method
    async def ping(self) -> bool:
        """Tell the server that the client whose token is used lives; ``True`` once it heard so (internal)."""
        return await self._tell("/api/internal/Client/Ping")

    @method
    async def disconnect_client(self, client_id: str) -> bool:
        """Tell the server that a client goes offline; ``True`` once it heard so (internal)."""
        return await self._tell(url("/api/internal/Auth/Disconnect/{}", client_id))

    async def _tell(self, path: str) -> bool:
        """Send a GET that has an effect: once."""
        await self._line.send(Call(verb="GET", path=path, read=nothing, repeatable=False, internal=True))
        return True


def _names(hierarchy: Sequence[str]) -> list[str]:
    """The names as a list; a single text would be taken letter by letter."""
    if isinstance(hierarchy, str) or not hierarchy:
        raise ValidationError(f"hierarchy is {hierarchy!r}; it must be a list of at least one name, the topmost first")
    return list(hierarchy)
