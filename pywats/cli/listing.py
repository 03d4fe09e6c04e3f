"""``call --list``: the methods that can be called by name."""

import inspect

from pywats.cli.arguments import usage
from pywats.cli.exits import CommandError, ExitCode
from pywats.cli.output import write_json, write_line
from pywats.client import AsyncPyWATS
from pywats.config.problems import nearest
from pywats.jobs import calls


def list_methods(domain: str | None = None, *, json: bool) -> ExitCode:
    """Print every method that `call` takes, or those of one domain, each with its arguments and what it gives.

    Raises:
        CommandError: there is no such domain.
    """
    # A client sends nothing before its first call, so that any address will do.
    targets = list(calls.targets(AsyncPyWATS("http://localhost", "none")))
    domains = dict.fromkeys(target.name.partition(".")[0] for target in targets)
    if domain is not None and domain not in domains:
        raise CommandError(f"call --list: no domain {domain}, there are {', '.join(domains)}{nearest(domain, domains)}")
    for target in targets:
        if domain in {None, target.name.partition(".")[0]}:
            summary = (inspect.getdoc(target.function) or "").partition("\n")[0]
            if json:
                write_json({"name": target.name, "parameters": list(target.parameters), "summary": summary})
            else:
                write_line(usage(target))
                write_line(f"    {summary}")
    return ExitCode.OK
