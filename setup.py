"""Packages the project; all metadata is in pyproject.toml.

Apache Beam ships the project to remote workers with this file (`--setup_file`).
"""

from setuptools import setup

setup()
