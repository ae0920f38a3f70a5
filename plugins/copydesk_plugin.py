"""What Airflow loads: the newsroom's desk as pages in its UI, and the API. The one plugin file.

Airflow executes this in every process, so it imports nothing of ours: the application is built at
the first request, and only where requests come (the api-server).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from airflow.configuration import conf
from airflow.plugins_manager import AirflowPlugin

BASE = urlsplit(conf.get("api", "base_url", fallback="")).path.rstrip("/")


class LazyApp:
    """Stands for the application until somebody asks."""

    _app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on."""
        if self._app is None:
            from copydesk_airflow.app import app

            type(self)._app = app
        await self._app(scope, receive, send)


def _view(name: str, path: str, route: str, destination: str = "nav") -> dict[str, str]:
    view = {"name": name, "href": f"{BASE}/copydesk{path}", "url_route": route, "destination": destination}
    return view | ({"category": "browse"} if destination == "nav" else {})


NEWSROOM = {
    "name": "Newsroom",
    "href": f"{BASE}/copydesk/",
    "url_route": "copydesk",
    "destination": "nav",
    "nav_top_level": True,  # only without a category
    "icon": f"{BASE}/copydesk/static/mark.svg",
}


class CopydeskPlugin(AirflowPlugin):
    """Pages in the navigation and beside runs and tasks, and the application behind them."""

    name = "copydesk"
    fastapi_apps = [{"app": LazyApp(), "url_prefix": "/copydesk", "name": "copydesk"}]
    external_views = [
        NEWSROOM,
        _view("Corrections to review", "/corrections", "copydesk-corrections"),
        _view("Articles", "/articles", "copydesk-articles"),
        _view("Feeds", "/feeds", "copydesk-feeds"),
        _view("What it did", "/runs?dag_id={DAG_ID}&run_id={RUN_ID}", "copydesk-run", "dag_run"),
        _view(
            "What it did", "/runs?dag_id={DAG_ID}&run_id={RUN_ID}&task_id={TASK_ID}", "copydesk-task", "task_instance"
        ),
    ]
