"""One module a question: plain functions from tables to frozen results; nothing here draws or runs notebooks."""
