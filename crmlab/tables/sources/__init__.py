"""Where raw rows come from: text files, Parquet, workbooks, databases and archives, each in a module of its own."""
