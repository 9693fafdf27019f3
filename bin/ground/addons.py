"""What the manifests say: our addons, where all addons lie, who depends on whom."""

import ast
from functools import cache
from pathlib import Path

from .paths import ADDONS, VENV
from .say import GroundError


def manifest(folder: Path) -> dict:
    try:
        return ast.literal_eval((folder / "__manifest__.py").read_text(encoding="utf-8"))
    except (SyntaxError, ValueError) as error:
        raise GroundError(f"{folder.name}/__manifest__.py cannot be read: {error}.") from error


def ours() -> list[str]:
    """The names of this suite's addons, those that can be installed."""
    return sorted(
        path.parent.name
        for path in ADDONS.glob("*/__manifest__.py")
        if manifest(path.parent).get("installable", True)
    )


def roots() -> list[Path]:
    """Odoo's addons_path: ours; OCA's; Odoo's own are found by Odoo itself."""
    found = [ADDONS] if ours() else []
    return found + [
        path for path in VENV.glob("lib/python*/site-packages/odoo/addons") if path.is_dir()
    ]


@cache
def _everywhere() -> tuple[Path, ...]:
    from .venv import odoo_folder

    odoo = odoo_folder()
    return (*roots(), odoo / "odoo" / "addons", odoo / "addons")


def folder(name: str) -> Path:
    for root in _everywhere():
        if (root / name / "__manifest__.py").exists():
            return root / name
    raise GroundError(
        f"the addon {name} is not there; an OCA addon belongs into requirements-oca.txt."
    )


def depends(name: str) -> list[str]:
    return [] if name == "base" else manifest(folder(name)).get("depends") or ["base"]


def closure(names: list[str]) -> set[str]:
    """The addons and all they stand on."""
    seen: set[str] = set()
    todo = list(names)
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += depends(name)
    return seen


def foreign(names: list[str]) -> list[str]:
    """What the addons stand on that is not ours: Odoo's and OCA's addons that they name directly or through ours."""
    mine = set(ours())
    direct = {dep for name in closure(names) & mine for dep in depends(name)} - mine
    return sorted(direct | {"base"})
