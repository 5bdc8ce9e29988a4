"""Publishes blessed models for TF Serving."""
