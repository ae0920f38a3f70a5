"""Imports point one way; the core knows no Airflow."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "plugins" / "copydesk"
PURE = ("feeds", "articles", "clusters", "corrections", "outlets")
LEVEL = {"model": 0, "errors": 0, "settings": 0, **dict.fromkeys(PURE, 1), "web": 2, "archive": 2, "store": 2,
         "sample": 2, "sample_site": 2, "stages": 3, "pipeline": 4, "local": 4, "commands": 5, "cli": 6, "__main__": 7,
         "__init__": 0}  # fmt: skip
FILES = sorted(PACKAGE.rglob("*.py"))


def imports(file: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(PACKAGE)))
def test_imports_point_down(file):
    own = file.relative_to(PACKAGE).parts[0].removesuffix(".py")
    for name in imports(file):
        assert not name.startswith(("airflow", "copydesk_airflow")), f"{file.name} imports {name}"
        parts = name.split(".")
        if parts[0] == "copydesk" and len(parts) > 1 and parts[1] in LEVEL:
            assert LEVEL[parts[1]] <= LEVEL[own], f"{own} (level {LEVEL[own]}) imports {name}"


@pytest.mark.parametrize("file", [f for f in FILES if f.relative_to(PACKAGE).parts[0] in ("corrections", "clusters")],
                         ids=lambda f: f.name)  # fmt: skip
def test_decisions_ask_no_clock_network_or_database(file):
    forbidden = ("time", "socket", "psycopg", "aiohttp", "urllib.request", "subprocess")
    assert not [name for name in imports(file) if name in forbidden or name.startswith(("psycopg.", "aiohttp."))]


def test_every_sql_statement_stands_in_the_store():
    for file in FILES:
        if file.relative_to(PACKAGE).parts[0] not in ("store", "web"):
            assert "conn.execute(" not in file.read_text(), file
