"""Packages the project; all metadata is in pyproject.toml.

Apache Beam uses this file to install the project on remote workers (`--setup_file`).
"""

from setuptools import setup

setup()
