"""Loading the user's code: import rules below the functions root, and the handler file itself.

Source files below root are always compiled from what is on disk now: bytecode caches go by second and size, so an edit
made within the same second could be served stale, and `__pycache__` would litter the user's folders. Installed
packages (`.deps`, virtual environments) keep their caches: they are large and do not change.
"""

import importlib.machinery
import importlib.util
import os
import sys
import types

from . import handler_types

#: Folders below root that hold other people's code.
_FOREIGN = frozenset((".deps", ".fastfn", "site-packages", "node_modules", ".venv", "venv"))
#: Names of handler files that others may import by; of any other name the installed package is meant (`stripe.py`).
_IMPORTABLE_ENTRIES = frozenset(("handler", "main", "index", "app"))
_PACKAGE = "fastfn_root"


class UserCode:
    """The user's files in this process."""

    def __init__(self, root, folder, entry):
        self._root = root
        self._folder = folder
        self._entry = entry
        #: Source by path, of every file below root that was loaded, or at least tried.
        self.sources = {}

    def files(self):
        return list(self.sources)

    def is_own(self, path):
        """Whether this is a file the user wrote: below root, and not in a folder of installed packages."""
        if not path.startswith(self._root + os.sep) and path != self._entry:
            return False
        return _FOREIGN.isdisjoint(path[len(self._root) :].split(os.sep))

    def install(self, extra_paths):
        """Sets up `sys.path` and the import rules.

        The handler's folder comes first; its parents up to root last, so that `import _db` finds the nearest `_db.py`
        above but a folder named like an installed package hides nothing.
        """
        user_code = self

        def hook(path):
            if not user_code.is_own(path + os.sep) and path != user_code._root and path != user_code._folder:
                raise ImportError("not the user's folder", path=path)
            return _UserFinder(user_code, path)

        sys.path_hooks.insert(0, hook)
        sys.path[:0] = [self._folder] + [path for path in extra_paths if path and path not in sys.path]
        parent = self._folder
        while parent != self._root and parent.startswith(self._root + os.sep):
            parent = os.path.dirname(parent)
            sys.path.append(parent)
        for path in (self._folder, self._root):
            sys.path_importer_cache.pop(path, None)
        sys.meta_path.append(handler_types.Finder)

    def load(self):
        """Runs the handler file as a module of its own.

        :raises BaseException: whatever it raises
        """
        stem = os.path.basename(self._entry).rpartition(".")[0] or os.path.basename(self._entry)
        name = "%s.%s" % (self._make_packages(), stem.replace(".", "_"))
        loader = _UserLoader(name, self._entry, self)
        spec = importlib.util.spec_from_file_location(name, self._entry, loader=loader)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        if stem in _IMPORTABLE_ENTRIES:
            sys.modules.setdefault(stem, module)
        loader.exec_module(module)
        return module

    def _make_packages(self):
        """Packages for root and each folder down to the handler's: relative imports work, also through `[id]`."""
        relative = os.path.relpath(self._folder, self._root)
        parts = [] if relative == "." else relative.split(os.sep)
        if os.pardir in parts:
            # A handler outside root has its own folder only.
            parts, path = [], self._folder
        else:
            path = self._root
        name = _PACKAGE
        _make_package(name, path)
        for part in parts:
            name = "%s.%s" % (name, part.replace(".", "_"))
            path = os.path.join(path, part)
            _make_package(name, path)
        return name


def _make_package(name, path):
    package = types.ModuleType(name)
    package.__path__ = [path]
    package.__package__ = name
    package.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=True)
    package.__spec__.submodule_search_locations = package.__path__
    sys.modules[name] = package


class _UserLoader(importlib.machinery.SourceFileLoader):
    """Compiles from source, always, and remembers what it read."""

    def __init__(self, name, path, user_code=None):
        super().__init__(name, path)
        self._user_code = user_code

    def get_code(self, fullname):
        path = self.get_filename(fullname)
        # Before reading: also a file that cannot be read or compiled is one whose mending must be noticed.
        self._user_code.sources[path] = b""
        source = self.get_data(path)
        self._user_code.sources[path] = source
        return self.source_to_code(source, path)


class _UserFinder(importlib.machinery.FileFinder):
    """Finds modules in one folder of the user. Python's own library cannot be hidden by a route such as `email.py`."""

    def __init__(self, user_code, path):
        self._user_code = user_code

        def loader(name, path):
            return _UserLoader(name, path, user_code)

        super().__init__(
            path,
            (importlib.machinery.ExtensionFileLoader, importlib.machinery.EXTENSION_SUFFIXES),
            (loader, importlib.machinery.SOURCE_SUFFIXES),
        )

    def find_spec(self, fullname, target=None):
        if fullname in _standard_library():
            return None
        spec = super().find_spec(fullname, target)
        if spec is not None and spec.origin == self._user_code._entry and "." not in fullname:
            # `import stripe` in a handler called `stripe.py` means the package.
            return None
        return spec


_names = None


def _standard_library():
    """Names of Python's own modules."""
    global _names
    if _names is None:
        names = getattr(sys, "stdlib_module_names", None)
        if names is None:
            # Python 3.9.
            folder = os.path.dirname(os.__file__)
            names = set(sys.builtin_module_names)
            for path in (folder, os.path.join(folder, "lib-dynload")):
                if os.path.isdir(path):
                    names.update(name.partition(".")[0] for name in os.listdir(path))
        _names = frozenset(names) - {"test", "this", "antigravity", "site-packages"}
    return _names
