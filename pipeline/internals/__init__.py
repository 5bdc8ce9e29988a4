"""All uses of other libraries' private code in `pipeline/`, each with its reason.

No other module of `pipeline/` may import such code; ruff's rule TID251 (see
pyproject.toml) checks that. After an upgrade of TFX or Beam, only this folder and
`components/internals.py` need to be checked.
"""
