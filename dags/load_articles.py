"""Read what was fetched: observations become versions.

**When.** Whenever the collector says that observations wait, and whenever
`poll_feeds` has run. A run never trusts its event; it drains the table, so a lost
event only delays.

**Writes.** versions, revisions, quarantine; wakes `correct_articles`.

**If it fails.** The observations stay *new* and are read by the next run; a page
that fails three times goes to quarantine. See docs/runbook.md.
"""

from airflow.sdk import Param, dag, task

from copydesk_airflow.assets import DATABASE_POOL, DEFAULT_ARGS, OBSERVATIONS, VERSIONS
from copydesk_airflow.deadlines import within


@dag(
    schedule=[OBSERVATIONS],
    catchup=False,
    max_active_runs=2,
    is_paused_upon_creation=False,
    default_args=DEFAULT_ARGS,
    tags=["copydesk", "live"],
    doc_md=__doc__,
    deadline=within(minutes=10),
    params={
        "seconds": Param(
            60,
            type="integer",
            minimum=5,
            maximum=600,
            description="Stop taking new batches after so many seconds",
        )
    },
)
def load_articles():
    @task(pool=DATABASE_POOL, outlets=[VERSIONS])
    def load(params=None, *, outlet_events=None):
        """Extract, decide, store; until nothing waits."""
        from copydesk_airflow import desk

        counts = desk.load(params["seconds"])
        outlet_events[VERSIONS].extra = counts
        return counts

    load()


load_articles()
