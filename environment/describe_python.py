"""Prints what set-up needs to know about the Python that runs it, one fact per line.

Even very old Pythons must be able to run it, because set-up names those that don't fit.
"""

import os
import platform
import sys
import sysconfig


def is_missing(module):
    """Returns whether a module can't be imported."""
    try:
        __import__(module)
    except ImportError:
        return True
    return False


executable, prefix = sys.executable, getattr(sys, "base_prefix", sys.prefix)
if prefix != sys.prefix:
    # In a virtual environment, this finds the Python from which it was made.
    executable = os.path.realpath(executable)
    if executable.startswith(os.path.realpath(sys.prefix) + os.sep):
        executable = getattr(sys, "_base_executable", executable)
try:
    glibc = os.confstr("CS_GNU_LIBC_VERSION").split()[-1]
except (AttributeError, OSError, ValueError):
    glibc = "none"
missing = [name for name in ("ensurepip", "pip") if is_missing(name)]
header = os.path.join(sysconfig.get_paths()["include"], "Python.h")
if not os.path.exists(header):  # noqa: PTH110 (old Pythons have no pathlib)
    missing.append("headers")

print(".".join(str(part) for part in sys.version_info[:3]))
print(executable)
print(os.path.realpath(prefix))
print(platform.machine())
print(glibc)
print(" ".join(missing) or "nothing")
