"""The components of the pipeline: what each node of the graph does."""
