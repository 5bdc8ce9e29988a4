"""Pages that explain a run or an artifact, each a file that needs no other."""
