"""The first file of a fork server's process.

A file, since newer Python shows the text given with `-c` in tracebacks, as the source of whatever is run from a string.
"""

import sys

if __name__ == "__main__":
    sys.path[0:1] = []  # this folder, whose modules are none to import by their bare names
    from crmlab.report.engines.server import main

    control, caller = map(int, sys.argv[1:])
    sys.argv[1:] = []  # a notebook that reads its arguments finds none
    main(control, caller)
