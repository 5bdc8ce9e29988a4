"""The commands, one module each. A command imports large libraries when it runs."""
