"""Evaluates the model on the test split, and blesses or refuses it."""
