"""All that is used here of other libraries' private code, each with the reason.

Nothing else in `pipeline/` may name it (ruff's TID251 in pyproject.toml), so that who
renews TFX or Beam looks here, and at `components/internals.py`.
"""
