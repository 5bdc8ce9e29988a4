"""What a served model is asked, and which run made it."""
