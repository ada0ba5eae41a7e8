"""How a notebook is executed: in a process forked from a warm server, or in an ordinary kernel; the same comes out.

`surroundings` is what both put around a notebook, `client` how both turn what cells say into outputs. `plain` starts a
kernel for each notebook. `warm` asks `forked`, the caller's end of a server (`server`) that has imported the heavy
packages, for a fork of it (`child`) for each notebook. This file imports nothing, for papermill loads `warm` when it is
imported itself.
"""

import sys
from typing import Literal

Engine = Literal["warm", "plain"]
"""`warm` where it can, `plain` where it cannot: the name of a wish."""

PAPERMILL_NAMES: dict[Engine, str] = {"warm": "crmlab-warm", "plain": "crmlab-plain"}
"""By which names papermill knows them."""


def why_not_warm() -> str:
    """Why this system has no warm engine, as a sentence; empty where it has one."""
    if sys.platform == "linux":
        return ""
    return "the warm engine needs Linux"
