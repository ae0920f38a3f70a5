"""Learn when to look at articles again, and say what the looks caught.

**When.** Every hour. The looks themselves are made by the collector (`poll_feeds` and
the triggerer), page by page as they become due; this DAG sets the rhythm.

**Writes.** The habits of hosts (scale of the base ages, precision of signals); forgets
signals older than 90 days. `report` prints edits by age, the time to the first edit,
signals and budgets into its log, the same as `copydesk revisits report`.

**If it fails.** Looks go on with the habits learned before. See docs/runbook.md.
"""

from datetime import timedelta

from airflow.sdk import Param, dag, task

from copydesk_airflow.assets import DATABASE_POOL, DEFAULT_ARGS
from copydesk_airflow.deadlines import within


@dag(
    schedule=timedelta(hours=1),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    default_args=DEFAULT_ARGS,
    tags=["copydesk", "care"],
    doc_md=__doc__,
    deadline=within(minutes=15),
    params={
        "days": Param(90, type="integer", minimum=1, maximum=3650, description="Report on so many days"),
    },
)
def revisit_articles():
    @task(pool=DATABASE_POOL)
    def learn():
        """Compare what each host's articles did with what the edit model foresees."""
        from copydesk_airflow import desk

        return desk.learn()

    @task(pool=DATABASE_POOL)
    def report(params=None):
        """Print what was measured; gives the share of changes that signals told of."""
        from copydesk_airflow import desk

        return desk.report_revisits(params["days"])

    learn() >> report()


revisit_articles()
