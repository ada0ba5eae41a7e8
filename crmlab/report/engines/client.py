"""From what a notebook's process says to a notebook's outputs: nbclient's rules, and a limit on how much it may say."""

from collections.abc import Mapping
from typing import Any

from nbclient.exceptions import DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from traitlets import Int

MOST_CHARACTERS = 1_000_000
"""Of what one cell may print to one stream: a report with more has no reader, and holds the memory of many."""


_OF_THE_ENGINE = ("input_path", "start_timeout", "execution_timeout")


class MemoryExceededError(DeadKernelError):
    """The notebook's process was ended because it held more memory than it may."""


class CappedClient(PapermillNotebookClient):  # type: ignore[misc]
    """papermill's client that keeps the first million characters of each stream of a cell and says what is missing."""

    most_characters = Int(MOST_CHARACTERS)

    @staticmethod
    def options(how: Mapping[str, Any]) -> dict[str, Any]:
        """From what papermill gives an engine to what its client takes."""
        kept = {name: value for name, value in how.items() if name not in _OF_THE_ENGINE}
        limit = {"timeout": how["execution_timeout"]} if how.get("execution_timeout") else {}
        return {"startup_timeout": how.get("start_timeout", 60), **kept, **limit}

    def execute_cell(self, cell: Any, cell_index: int, **how: Any) -> Any:
        """Execute one cell as the base class does; then say what was left out of its streams."""
        self._streams: dict[str, tuple[int, int, Any]] = {}  # kept, left out, the last output
        try:
            return self.run_cell(cell, cell_index, **how)
        finally:
            self._say_what_is_missing()

    def run_cell(self, cell: Any, cell_index: int, **how: Any) -> Any:
        """Execute one cell; this one in the kernel that the base class has started."""
        return super().execute_cell(cell, cell_index, **how)

    def output(self, outs: list[Any], msg: dict[str, Any], display_id: str | None, cell_index: int) -> Any:
        """Add an output, or as much of it as there is room for."""
        if msg["msg_type"] != "stream":
            return super().output(outs, msg, display_id, cell_index)
        name, text = msg["content"]["name"], msg["content"]["text"]
        kept, _, last = self._streams.get(name, (0, 0, None))
        room = self.most_characters - kept
        if room <= 0:
            self.count_left_out(name, len(text))
            return None
        msg["content"]["text"] = text[:room]
        made = super().output(outs, msg, display_id, cell_index)
        self._streams[name] = (kept + min(room, len(text)), max(0, len(text) - room), made or last)
        return made

    def count_left_out(self, name: str, characters: int) -> None:
        """Count characters of a stream that were not kept."""
        kept, left_out, last = self._streams.get(name, (self.most_characters, 0, None))
        self._streams[name] = (kept, left_out + characters, last)

    def clear_output(self, outs: list[Any], msg: dict[str, Any], cell_index: int) -> None:
        """Clear what the cell has said; what it says next has all the room again, once that is really cleared."""
        super().clear_output(outs, msg, cell_index)
        if not outs:
            self._streams = {}

    def _say_what_is_missing(self) -> None:
        for name, (_, left_out, last) in self._streams.items():
            if left_out and last is not None:
                last["text"] += f"\n[{left_out:,} more characters that the cell wrote to {name} were left out]\n"
