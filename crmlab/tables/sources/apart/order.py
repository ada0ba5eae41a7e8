"""The process's order and answer: JSON on standard input and output."""

import json
import sys
from importlib import import_module

from crmlab.tables.sources.apart.copying import RefusedError


def main() -> None:
    """Read the order, carry it out, and write the answer: what is in a file, or that a table has been copied."""
    order = json.load(sys.stdin)
    _limit_memory(order["memory"])
    try:
        module = import_module(f"crmlab.tables.sources.apart.{order['kind']}")
        answer = module.ORDERS[order["do"]](order)
    except RefusedError as error:
        answer = {"problem": str(error)}
    except Exception as error:  # whatever a library makes of hostile bytes is a problem of the file
        answer = {"problem": str(error).strip() or type(error).__name__}
    json.dump(answer, sys.stdout)


def _limit_memory(bytes_at_most: int | None) -> None:
    if bytes_at_most and sys.platform != "win32":
        import resource  # noqa: PLC0415  # there is none on Windows

        resource.setrlimit(resource.RLIMIT_AS, (bytes_at_most, bytes_at_most))
