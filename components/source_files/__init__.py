"""Finds the source files of a data set, and checks them."""
