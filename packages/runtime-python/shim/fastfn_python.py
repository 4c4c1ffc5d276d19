"""Starts the daemon of FastFN's Python runtime: `python3 fastfn_python.py --socket <path> [--lifeline]`."""

import sys

if sys.version_info < (3, 9):
    sys.exit("FastFN needs Python 3.9 or newer; this is %d.%d." % sys.version_info[:2])

# Not on import: a child of `multiprocessing` may load its parent's main file.
if __name__ == "__main__":
    from fastfn_shim.daemon import main

    # Python put this file's folder first on the search path; handlers must not find the shim's files there.
    sys.path.pop(0)
    main(sys.argv[1:])
