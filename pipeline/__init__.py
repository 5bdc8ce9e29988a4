"""The pipeline: settings, graph, launcher and what is known of its runs."""
