"""Reading canonical files: one reading a row, in CSV or Parquet, gzipped or not."""
