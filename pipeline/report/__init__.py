"""Writes pages that explain a run or an artifact; each page is one file."""
