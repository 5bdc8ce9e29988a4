"""All uses of other libraries' private code in `pipeline/`, each with its reason.

No other module of `pipeline/` may import such code; ruff's rule TID251 (see
pyproject.toml) checks that. Whoever upgrades TFX or Beam has to look only here and at
`components/internals.py`.
"""
