"""Source files of a data set: where they come from, and their checks."""
