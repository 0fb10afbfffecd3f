"""What assets run with: the home's lake, the profile, Spark, Great Expectations. Resources hold no stage logic."""
