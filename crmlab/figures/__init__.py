"""One function a figure: a table in, Axes out. No figure computes a statistic."""
