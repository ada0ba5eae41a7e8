"""Many reports in one go: a portfolio of clients, notebooks and parameters, in parallel, each report on its own."""
