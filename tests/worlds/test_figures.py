"""The figures of every notebook on Negin, with its names and amounts: no word cut, small or over another."""

import json

import pytest

from crmlab import figures, suite
from crmlab.figures import direction
from crmlab.language import speaking
from tests.figure_checks import check_texts
from tests.in_process import value_of

# Notebook 90 puts runs together; its figures are tested in `test_figures_actions.py`.
NAMES = [one.name for one in suite.notebooks() if not one.name.startswith("90")]


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "fa"])
@pytest.mark.parametrize("name", NAMES)
def test_every_word_of_every_figure_can_be_read(name, language, monkeypatch):
    seen = []

    def look(ax):
        with direction.fonts():
            direction.turned(ax.figure)
            check_texts(ax)
        seen.append(ax)

    monkeypatch.setattr(figures, "show", look)
    names = {"__name__": "__main__"}
    with speaking(language):
        for cell in json.loads(suite.notebook(name).path.read_text("utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                value_of(cell, names)
                if "parameters" in cell["metadata"].get("tags", []):
                    names |= {"client": "negin", "view": "teaching", "language": language}
    assert seen
