"""Names the image of the server with which models are served, and validated."""

SERVER_IMAGE = "docker.io/tensorflow/serving:2.19.1"
"""The manifests in deploy/serving have the same."""
