"""What was planted in a made company, for exercises and truth cells; a real client has no such thing."""

import pandas as pd

from crmlab.client import Client
from crmlab.company.write import TRUTH_FOLDER
from crmlab.errors import DataError, nearest


def has_truth(client: Client) -> bool:
    """Whether the truth lies beside the client's tables, as it does for every company that crmlab made."""
    return (client.source_path.parent / TRUTH_FOLDER).is_dir()


def truth(client: Client, table: str) -> pd.DataFrame:
    """The table `table` of what was planted in `client`'s data.

    Raises
    ------
    DataError
        If the client was not made, or nothing of this name was planted.
    """
    folder = client.source_path.parent / TRUTH_FOLDER
    if not has_truth(client):
        raise DataError(
            f"nobody knows the truth behind {client.name}: only companies made by crmlab data make come with it"
        )
    known = sorted(path.stem for path in folder.glob("*.parquet"))
    if table not in known:
        raise DataError(f"no truth is called {table!r}{nearest(table, known)}; there are: {', '.join(known)}")
    return pd.read_parquet(folder / f"{table}.parquet")
