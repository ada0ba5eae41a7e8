import nbformat
import pytest

from crmlab import suite
from crmlab.client import Client
from crmlab.language import speaking
from crmlab.language.in_kernel import MIME
from crmlab.report.run import run_notebook

EVERY_KIND = [
    "import sys, time\nprint('one')\nprint('two', file=sys.stderr)\nprint('three')",
    "print('slow', end=' ', flush=True)\ntime.sleep(0.45)\nprint('print')\nprint('ق ☃')",
    "print('before')\ndisplay('shown')\nprint('after')\nsys.stdout.write('no newline')",
    "1 + 1",
    "_ + 40, Out[4]",
    "None",
    "import pandas as pd\npd.DataFrame({'a': [1, 2], 'b': ['x', None]})",
    "from IPython.display import HTML, Markdown, clear_output, update_display",
    "handle = display(HTML('<b>1</b>'), display_id='x')",
    "update_display(Markdown('**2**'), display_id='x')",
    "print('gone')\ndisplay('gone')\nclear_output()\nprint('stays')",
    "print('goes when more comes')\nclear_output(wait=True)\nprint('stays')",
    "print('stays, for nothing comes')\nclear_output(wait=True)",
    "import matplotlib.pyplot as plt\nplt.plot([1, 3, 2])\nplt.title('drawn')",
    "fig, ax = plt.subplots()\nax.bar(['a', 'b'], [1, 2])\nplt.show()\nprint('after the figure')",
    "class Rich:\n    def _repr_html_(self): return '<i>rich</i>'\n    def __repr__(self): return 'plain'\nRich()",
    "display({'application/x-own+json': {'n': 1.5, 'l': (1, 2)}}, raw=True, metadata={'m': 1})",
    "display({'image/png': b'\\x89PNG'}, raw=True)",
    "import warnings\nwarnings.warn('careful')\nwarnings.warn('old', DeprecationWarning)",
    "import logging\nlogging.getLogger('some').warning('logged')",
    "def f(x):\n    return 1 / x\nf(0)",
    "try:\n    {}['missing']\nexcept KeyError as error:\n    raise ValueError('two\\nlines') from error",
    "if True\n    pass",
    "sys.exit(3)",
    "input('a question')",
    "import asyncio\nawait asyncio.sleep(0.01)\n'awaited'",
    # Closed, for one that nobody awaits warns whenever Python next collects what is not used.
    "sleep = asyncio.sleep(0)\ntry:\n    asyncio.run(sleep)\nfinally:\n    sleep.close()",
    "!echo from a shell",
    "%%html\n<p>magic</p>",
    "%no_such_magic",
    "raise KeyboardInterrupt",
    "sorted({'one', 'two', 'three'}, key=hash), __name__, __builtins__.__name__",
    "import os\nlen(os.listdir()), [name for name in sys.path if not name], sorted(globals())",
    "x = 5; x;",
    "get_ipython().set_next_input('next')\nprint('\\r10 %\\r20 %')",
    "a = 1\n",
    "",
    "print(*range(3), sep='\\n')",
    "display()\ndisplay(1, 2)",
    "exec('raise RuntimeError(\"inside\")')",
    "pd.options.display.max_rows, plt.rcParams['figure.figsize'], plt.get_backend(), plt.isinteractive()",
    "import re\n[str(f[2].__name__) for f in warnings.filters if f[2] is not None and f[2].__module__ == '__main__']",
]


def test_every_kind_of_output_is_the_same_from_both(outputs):
    warm, plain = outputs("warm", *EVERY_KIND), outputs("plain", *EVERY_KIND)
    for ours, theirs in zip(warm.cells, plain.cells, strict=True):
        assert ours == theirs, ours.source
    assert warm == plain
    assert nbformat.writes(warm) == nbformat.writes(plain)


def test_what_is_written_below_python_is_in_its_place(run):
    below = "os.write(1, b'below ')\nsubprocess.run(['echo', 'from a process'], check=True)"
    done = run(f"import os, subprocess\nprint('above', end=' ')\n{below}\nprint('above')\ndisplay(1)\nprint('end')")
    printed = [output.text for output in done.notebook.cells[0].outputs if output.output_type == "stream"]
    assert printed == ["above below from a process\nabove\n", "end\n"]


@pytest.mark.parametrize("engine", ["warm", "plain"])
def test_messages_looked_up_in_another_language_are_told(run, engine):
    ask = "from crmlab.language import speak, tr\nspeak('fa')\nasked = tr('A message that nobody translates.')"
    with speaking("fa"):
        done = run(ask, "again = tr('A message that nobody translates.')", engine=engine)
    told = [out.data[MIME] for cell in done.notebook.cells for out in cell.outputs if MIME in out.get("data", {})]
    message = "A message that nobody translates."
    assert told == [{"asked": [message], "missing": [message]}]


EVERY_NOTEBOOK = [one for one in suite.notebooks() if one.number != "90"]  # it reads what the others found


@pytest.mark.slow
@pytest.mark.parametrize("notebook", EVERY_NOTEBOOK, ids=lambda one: one.name)
def test_every_notebook_leaves_the_same_bytes_from_both(notebook, tmp_path):
    client = Client.open("negin")
    folders = [
        run_notebook(client, notebook, out=tmp_path / engine, engine=engine, quiet=True).folder
        for engine in ("warm", "plain")
    ]
    warm, plain = ({path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()} for folder in folders)
    assert folders[0].name == folders[1].name
    assert warm.keys() == plain.keys()
    assert [name for name in warm if warm[name] != plain[name]] == []
