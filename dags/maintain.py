"""Sweep up: read and work out whatever still waits, then tidy once a day.

**When.** Every five minutes the sweep, as the safety net when an event was lost
or the triggerer was down; raw bytes move to the store of COPYDESK_SNAPSHOTS, and
webhooks get what waits. `tidy` does its daily work in the first run after
midnight UTC.

**Writes.** The same tables as `load_articles`, `correct_articles` and
`deliver_changes`, through the same functions; `tidy` forgets old 304 polls, erases
what retention rules and takedowns ask for, and refreshes statistics.

**If it fails.** The next run does it. See docs/runbook.md.
"""

from datetime import timedelta

from airflow.sdk import Param, dag, task

from copydesk_airflow.assets import CORRECTIONS, DATABASE_POOL, DEFAULT_ARGS, NETWORK_POOL, VERSIONS
from copydesk_airflow.deadlines import within


@dag(
    schedule=timedelta(minutes=5),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    default_args=DEFAULT_ARGS,
    tags=["copydesk", "care"],
    doc_md=__doc__,
    deadline=within(minutes=15),
    params={
        "seconds": Param(120, type="integer", minimum=5, maximum=600, description="Time for each sweep"),
        "days": Param(90, type="integer", minimum=7, description="Age at which 304 polls are forgotten"),
    },
)
def maintain():
    @task(pool=DATABASE_POOL, outlets=[VERSIONS])
    def sweep_observations(params=None):
        """Read observations that no event led to."""
        from copydesk_airflow import desk

        return desk.load(params["seconds"])

    @task(pool=DATABASE_POOL, outlets=[CORRECTIONS])
    def sweep_corrections(params=None):
        """Work out articles that no event led to."""
        from copydesk_airflow import desk

        return desk.correct(params["seconds"])

    @task(pool=DATABASE_POOL)
    def offload(params=None):
        """Move raw bytes to where the settings want them."""
        from copydesk_airflow import desk

        return desk.offload(params["seconds"])

    @task(pool=NETWORK_POOL)
    def deliver(params=None):
        """Send webhooks what waits for another try."""
        from copydesk_airflow import desk

        return desk.deliver(params["seconds"])

    @task(pool=DATABASE_POOL)
    def tidy(params=None, *, dag_run=None):
        """Forget what may be forgotten, once a day."""
        from copydesk_airflow import desk

        if dag_run.run_after.hour == 0 and dag_run.run_after.minute < 5:
            return desk.tidy(params["days"])
        return {}

    @task(pool=DATABASE_POOL, trigger_rule="all_done")  # what failed is what monitoring must hear of
    def measure():
        """Count for the pages, and tell Airflow's metrics how things stand."""
        from copydesk_airflow import desk

        return desk.measure()

    swept = sweep_observations() >> sweep_corrections()
    swept >> [offload(), deliver()]  # a store or an endpoint that is down holds up nothing else
    swept >> tidy() >> measure()


maintain()
