"""Prints what set-up must know of the Python that runs this, one fact a line.

Any Python must be able to run it, however old, since those that don't fit are named.
"""

import os
import platform
import sys
import sysconfig


def is_missing(module):
    """Tells whether a module can't be imported."""
    try:
        __import__(module)
    except ImportError:
        return True
    return False


executable, prefix = sys.executable, getattr(sys, "base_prefix", sys.prefix)
if prefix != sys.prefix:
    # In a virtual environment: the Python that it was made with.
    executable = os.path.realpath(executable)
    if executable.startswith(os.path.realpath(sys.prefix) + os.sep):
        executable = getattr(sys, "_base_executable", executable)
try:
    glibc = os.confstr("CS_GNU_LIBC_VERSION").split()[-1]
except (AttributeError, OSError, ValueError):
    glibc = "none"
missing = [name for name in ("ensurepip", "pip") if is_missing(name)]
header = os.path.join(sysconfig.get_paths()["include"], "Python.h")
if not os.path.exists(header):  # noqa: PTH110 (pathlib is younger than some Pythons)
    missing.append("headers")

print(".".join(str(part) for part in sys.version_info[:3]))
print(executable)
print(os.path.realpath(prefix))
print(platform.machine())
print(glibc)
print(" ".join(missing) or "nothing")
