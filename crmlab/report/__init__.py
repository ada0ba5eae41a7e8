"""From a notebook and a client to a run folder: parameters, execution, page, lists, folder, index."""
