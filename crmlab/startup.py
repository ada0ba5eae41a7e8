"""What a process of crmlab's own, a command or a worker of a batch, is spared when it starts."""

import sys

_GRAMMAR = "rfc3987_syntax"
"""The grammar of international web addresses, built anew in each process that imports jsonschema: nbformat does so,
and it takes longer than all of nbformat. No notebook's schema has such an address, and jsonschema goes without it."""


def spare_imports() -> None:
    """Let jsonschema do without what it would import for a second and a half and never use here."""
    if "jsonschema" not in sys.modules:
        # None is how a module is written that is not there.
        sys.modules.setdefault(_GRAMMAR, None)  # type: ignore[arg-type]
