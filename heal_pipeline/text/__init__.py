"""Pure kernels on strings and numpy arrays. No Spark, no Arrow tables, no files."""
