"""What a notebook's kernel looked up, told to whoever runs it: an IPython extension.

After each cell in which messages were asked for that no cell asked for before, one output with a MIME type of ours
leaves the kernel. A browser shows nothing for it; the runner collects it and takes it out.
"""

from typing import Any

from IPython.display import publish_display_data

from crmlab.language.catalogue import Tally, tally

MIME = "application/vnd.crmlab.messages+json"

_told = Tally()


def load_ipython_extension(shell: Any) -> None:
    """Begin to tell after each cell; IPython calls this when the kernel starts."""
    shell.events.register("post_run_cell", tell)


def tell(_result: object = None) -> None:
    """Hand out what was asked for and what was missing since the last time, if there is any."""
    asked = [message for message in tally().asked if message not in _told.asked]
    if asked:
        missing = [message for message in asked if message in tally().missing]
        _told.add(asked, missing)
        publish_display_data({MIME: {"asked": asked, "missing": missing}})  # type: ignore[no-untyped-call]
