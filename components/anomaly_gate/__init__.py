"""Stops the run when the examples disagree with the schema."""
