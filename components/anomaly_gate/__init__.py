"""Stops the run if the examples disagree with the schema."""
