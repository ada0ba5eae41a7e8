"""crmlab: notebooks, analyses and reproducible reports for customer relationship management.

client file + raw files -> clean tables -> customer summary -> analysis -> figure, finding, list -> report.
"""

__version__ = "0.1.0"
