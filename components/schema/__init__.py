"""Provides the schema of the examples: a curated one, or one that it infers."""
