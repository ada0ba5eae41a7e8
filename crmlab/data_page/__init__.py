"""The data page: what is in a client's data, what the rules did to it, what is odd in it, and what it can support."""
