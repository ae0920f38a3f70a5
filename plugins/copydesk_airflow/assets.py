"""What one DAG writes and another waits for, and what every DAG has in common."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Asset, AssetWatcher

from copydesk_airflow.trigger import CollectTrigger

OBSERVATIONS = Asset(
    name="observations",
    uri="copydesk://observations",
    group="copydesk",
    watchers=[AssetWatcher(name="collector", trigger=CollectTrigger())],
)
"""Looks at pages that wait to be read. The collector in the triggerer watches the feeds and wakes the DAG."""

VERSIONS = Asset(name="versions", uri="copydesk://versions", group="copydesk")
"""Texts as they stood on the web."""

CORRECTIONS = Asset(name="corrections", uri="copydesk://corrections", group="copydesk")
"""Clusters, notices, corrections and what was done with them."""

DEFAULT_ARGS: dict[str, Any] = {
    "owner": "copydesk",
    "retries": 2,
    "retry_delay": timedelta(seconds=10),
    "execution_timeout": timedelta(minutes=15),
}
"""A task may finish and be retried all the same (a killed scheduler): every write is idempotent and fenced."""

NETWORK_POOL = "copydesk_network"
DATABASE_POOL = "copydesk_database"
ARCHIVE_POOL = "copydesk_archive"
POOLS = {
    NETWORK_POOL: {"slots": 2, "description": "Tasks that ask publishers' servers"},
    DATABASE_POOL: {"slots": 3, "description": "Tasks that read pages and write versions"},
    ARCHIVE_POOL: {"slots": 4, "description": "Backfill; never delays live polling"},
}
"""Created by `copydesk up` and by airflow-init in docker-compose.yml: an unknown pool leaves tasks waiting for ever."""
