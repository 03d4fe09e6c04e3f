"""The domains of the API, each with its payloads (``models``) and its methods (``service``)."""
