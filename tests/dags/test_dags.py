"""Every DAG loads, explains itself, and does nothing at import."""

import ast
from pathlib import Path

import pytest

DAGS = Path(__file__).parents[2] / "dags"
FILES = sorted(DAGS.glob("*.py"))


@pytest.fixture(scope="module")
def bag(tmp_path_factory):
    home = tmp_path_factory.mktemp("airflow")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW_HOME", str(home))
        patch.setenv("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
        patch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", f"sqlite:///{home}/airflow.db")
        from airflow.dag_processing.dagbag import DagBag

        yield DagBag(str(DAGS))


def test_all_load(bag):
    assert bag.import_errors == {}
    assert set(bag.dags) == {
        *("poll_feeds", "load_articles", "correct_articles", "revisit_articles", "deliver_changes"),
        *("maintain", "backfill", "replay"),
    }


def test_all_explain_themselves(bag):
    for dag in bag.dags.values():
        assert dag.doc_md
        assert "If it fails" in dag.doc_md
        assert "copydesk" in dag.tags
        assert (
            all(param.description for _, param in dag.params.items_impl())
            if hasattr(dag.params, "items_impl")
            else True
        )
        for task in dag.tasks:
            assert task.owner == "copydesk"
            assert task.retries >= 1
            assert task.pool != "default_pool"


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.name)
def test_nothing_heavy_at_import(file):
    tree = ast.parse(file.read_text())
    names = {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in tree.body if isinstance(node, ast.ImportFrom) and node.module}
    assert all(not n.startswith("copydesk.") and n not in ("psycopg", "aiohttp") for n in names), names
    assert len(file.read_text().splitlines()) <= 90
