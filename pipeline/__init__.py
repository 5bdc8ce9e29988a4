"""The pipeline: its settings, its graph, its launcher and what explains its runs."""
