"""One function a figure: a table in, Axes out; nothing here computes a statistic."""
