"""One module or folder a question: plain functions from tables to frozen results."""
