"""What stands here for what the vendor's client has and this one has not: name by name."""

_ERRORS = "errors are always raised, and a missing thing is None; leave it out"
_LIMIT = 'the client takes rate_limit="500/60s", or None for no limit'
_LOGS = "configure structlog or logging of your program; pywats logs through either"
_CONTEXT = "structlog.contextvars.bind_contextvars binds fields, which the client's log lines carry too"
_FILTERS = "give the query a WATSFilter, or conditions made with pywats.query.odata"
_PAGES = "walk with the iter_ method of the domain, such as api.report.iter_uut_headers"
_SETTINGS = "give the values to the constructor: timeout, retry_config, verify_ssl"
_STATIONS = "make one client for each station: pyWATS(station=Station(...)); they share connections and rate"
_BOX = "from pywats.domains.product.box_build import BoxBuildTemplate; get_box_build_template gives one"
_CACHE = "nothing is cached unless cache=CacheConfig(...) is given"

NAMES = {
    "APISettings": _SETTINGS,
    "AsyncBoxBuildTemplate": _BOX,
    "BoxBuildTemplate": _BOX,
    "CircuitBreaker": "the client has one for each server; leave it out",
    "CircuitBreakerConfig": "the client has a circuit breaker for each server; leave it out",
    "CircuitBreakerOpenError": "catch CircuitOpenError",
    "EmptyResponseError": "catch InvalidResponseError; an empty answer to a get_ method is None",
    "ErrorCode": "a Failure has the error itself: look at its class and its status",
    "ErrorHandler": _ERRORS,
    "ErrorMode": _ERRORS,
    "PaginationConfig": _PAGES,
    "PaginationState": _PAGES,
    "Paginator": _PAGES,
    "RateLimiter": _LIMIT,
    "ReportHeaderValidationError": "catch ValidationError",
    "ReportHeaderValidationWarning": "nothing warns; pywats.reports.validate lists what the server would refuse",
    "RetryExhaustedError": "catch the error itself, such as ServerError; its attempts says how often it was sent",
    "StationConfig": _STATIONS,
    "StationRegistry": _STATIONS,
    "StepList": "the steps of a sequence are a list",
    "SyncConfig": "give the values to the constructor: timeout, retry_config, concurrency",
    "SyncWATS": "use pyWATS",
    "ImportMode": "leave it out; steps are compared and handed up when they are added by methods",
    "ReportAttachment": "the method attach of a report or a step adds a file",
    "allow_problematic_characters": "leave it out; pywats.reports.validate lists what the server would refuse",
    "clear_logging_context": _CONTEXT,
    "combine_filters": _FILTERS,
    "configure_throttling": _LIMIT,
    "discover": "the shell has `pywats call --list`, Python has help(api.product)",
    "enable_debug_logging": _LOGS,
    "failure_from_exception": "Failure(error) takes the error as it is",
    "get_default_limiter": _LIMIT,
    "get_default_query_params": _FILTERS,
    "get_expand_fields": _FILTERS,
    "get_logging_context": _CONTEXT,
    "is_uut_report_type": "compare with ReportType.UUT",
    "paginate": _PAGES,
    "paginate_all": _PAGES,
    "set_logging_context": _CONTEXT,
    "should_retry": "a RetryConfig has should_retry_method and should_retry_status",
}
"""By the name that is imported."""

CONSTRUCTOR = {
    "cache_max_size": _CACHE,
    "cache_ttl": _CACHE,
    "circuit_breaker_config": "the client has a circuit breaker for each server; leave it out",
    "enable_cache": _CACHE,
    "enable_circuit_breaker": "the client has a circuit breaker for each server; leave it out",
    "enable_throttling": "rate_limit=None takes the limit away",
    "error_mode": _ERRORS,
    "instance_id": "settings come from arguments and environment alone; leave it out",
    "metrics_collector": 'api.statistics(), api.prometheus() and api.on("call", hook) tell what is done',
    "rate_limiter": _LIMIT,
    "settings": _SETTINGS,
    "sync_config": "give the values themselves: timeout, retry_config, concurrency",
}
"""By the name of the argument of a client."""

ATTRIBUTES = {
    "error_mode": _ERRORS,
    "get_serial_number": "use api.production.take_serial_numbers",
    "get_serial_numbers": "use api.production.take_serial_numbers",
    "http_client": "use api.http",
    "settings": _SETTINGS,
    "stations": _STATIONS,
}
"""By the name of the attribute of a client."""

ASSIGNED = {
    "retry_config": "make a view: api.with_options(retry=...)",
    "station": "give it to the constructor; a client is for one station",
    "timeout": "make a view: api.with_options(timeout=...)",
}
"""By the name of an attribute that a client lets nobody change."""

FACTS = {
    "cause": "__cause__",
    "identifier": "path",
    "details": "detail",
    "message": "detail, or str(error) for all of it",
    "operation": "method and path",
    "resource_type": "path",
    "response_body": "detail",
    "status_code": "status",
}
"""Attributes of errors, and what they are called here."""


def of_name(name: str) -> str | None:
    """Return what to write instead of a name that is not here, if that is known."""
    if name.startswith("build_"):
        return _FILTERS
    if name.startswith("Async") and name.endswith(("Service", "Repository")):
        return "a client has it ready: api.product, api.report and so on"
    return NAMES.get(name)
