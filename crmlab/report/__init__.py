"""From a notebook and a client to a run folder: check, execute, collect, render, write once, index."""
