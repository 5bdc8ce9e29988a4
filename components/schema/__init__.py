"""The curated schema of the examples, and how it was first inferred."""
