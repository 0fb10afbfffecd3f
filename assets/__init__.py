"""Thin Dagster assets and checks, split by pipeline stage. They call the library and report what it did; no stage logic."""
