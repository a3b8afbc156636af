"""Import hook that finds the offered libraries, and nothing that lies beside them."""

from __future__ import annotations

import sys
from _frozen_importlib_external import spec_from_file_location
from typing import Any


class Libraries:
    """A finder for ``sys.meta_path``."""

    def __init__(self, places: dict[str, str]) -> None:
        self._places = places
        """Name of a module to its folder or file."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> Any:  # noqa: ARG002
        """See :meth:`importlib.abc.MetaPathFinder.find_spec`."""
        place = self._places.get(name)
        if place is None:
            return None
        if place.endswith(".py"):
            return spec_from_file_location(name, place)
        return spec_from_file_location(name, f"{place}/__init__.py", submodule_search_locations=[place])


def offer(places: dict[str, str]) -> None:
    """Let programs import these libraries, behind the standard library."""
    if places:
        sys.meta_path.append(Libraries(places))
