"""Errors in the shape of SCIM (RFC 7644, section 3.12)."""

import orjson

from pywats.sandbox.answers import Answer, Refusal

MEDIA = "application/scim+json; charset=utf-8"


class ScimRefusal(Refusal):
    """The request is answered with an error status and a SCIM error."""

    def __init__(self, status: int, detail: str, kind: str | None = None) -> None:
        more = {"scimType": kind} if kind else {}
        schemas = ["urn:ietf:params:scim:api:messages:2.0:Error"]
        super().__init__(status, {"schemas": schemas, "status": str(status), "detail": detail, **more})

    def answer(self) -> Answer:
        """Return the answer that carries this refusal."""
        return Answer(self.status, orjson.dumps(self.said), MEDIA)
