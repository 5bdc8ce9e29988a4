"""Describes a served model: its requests, and the run that made it."""
