"""One class name means one thing in all of xentui, and what names a module in a text names one that is there."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

from tests.sources import parsed

PACKAGE = Path(__file__).parents[2] / "xentui"


def test_no_two_classes_have_one_name() -> None:
    places = defaultdict(list)
    for path in PACKAGE.rglob("*.py"):
        for node in parsed(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(str(path.relative_to(PACKAGE)))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_modules_that_code_in_texts_imports_are_there() -> None:
    """Programs that tests and processes start are texts: nothing else tells that a module has another name now."""
    root = Path(__file__).parents[2]
    files = [*root.glob("xentui/**/*.py"), *root.glob("tests/**/*.py"), *root.glob("benchmarks/*.py")]
    missing = {
        f"{path.relative_to(root)}: {module}.{name}"
        for path in files
        for module, names in re.findall(
            r"from (xentui[\w.]*) import (\([^)]*\)|[\w, ]+)", path.read_text(encoding="utf-8")
        )
        for name in re.findall(r"(\w+)(?: as \w+)?", re.sub(r"#.*", "", names))
        if not _is_there(root / module.replace(".", "/"), name)
    }
    assert missing == set()


def _is_there(place: Path, name: str) -> bool:
    """Whether a module is a file, or a package that has this name: as a file, or in its ``__init__``."""
    if not place.is_dir():
        return place.with_suffix(".py").exists()
    own = (place / "__init__.py").read_text(encoding="utf-8")
    return any(found.stem == name for found in place.iterdir()) or bool(re.search(rf"\b{name}\b", own))
