"""Poll every feed that is due, and look at every page that is due.

**When.** Every five minutes, as the safety net: the collector in the triggerer
does the same work second by second (asset *observations*). Both take hosts by
lease in PostgreSQL, so together they ask no host more often than one alone.

**Writes.** snapshots, feed_polls, entries, articles, observations.

**If it fails.** Nothing is lost: what was due stays due. See docs/runbook.md.
"""

from datetime import timedelta

from airflow.sdk import Param, dag, task

from copydesk_airflow.assets import DEFAULT_ARGS, NETWORK_POOL, OBSERVATIONS
from copydesk_airflow.deadlines import within


@dag(
    schedule=timedelta(minutes=5),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    default_args=DEFAULT_ARGS,
    tags=["copydesk", "live"],
    doc_md=__doc__,
    deadline=within(minutes=10),
    params={
        "seconds": Param(
            120,
            type="integer",
            minimum=5,
            maximum=600,
            description="Stop claiming hosts after so many seconds",
        )
    },
)
def poll_feeds():
    @task(pool=NETWORK_POOL, outlets=[OBSERVATIONS])
    def collect(params=None, *, outlet_events=None):
        """Ask every due host, politely."""
        from copydesk_airflow import desk

        counts = desk.collect(params["seconds"])
        outlet_events[OBSERVATIONS].extra = counts
        return counts

    collect()


poll_feeds()
