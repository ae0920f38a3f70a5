"""Read stored pages again with the present extractor: a report, and on demand the better readings.

**When.** By hand, after an upgrade. Without `write` it only reports: how many pages
read otherwise, by field, with examples. The report is the task's result and
stands in its log; `copydesk replay --json` gives the same.

**Writes.** replays, replay_slices; with `write` also versions (the new reading),
readings (the old one, kept), revisions. Never a publisher's version.

**If it fails.** Run it again: slices that were read are not read again. See
docs/runbook.md.
"""

from airflow.sdk import Param, dag, task

from copydesk_airflow.assets import DATABASE_POOL, DEFAULT_ARGS, VERSIONS


@dag(
    schedule=None,
    catchup=False,
    max_active_runs=2,
    is_paused_upon_creation=False,
    default_args=DEFAULT_ARGS,
    tags=["copydesk", "care"],
    doc_md=__doc__,
    params={
        "write": Param(False, type="boolean", description="Store what reads better; otherwise only report"),
        "publisher": Param(None, type=["null", "string"], description="Only this publisher's domain"),
        "since": Param(None, type=["null", "string"], format="date-time", description="Looks made at or after"),
        "until": Param(None, type=["null", "string"], format="date-time", description="Looks made before"),
        "seconds": Param(
            600,
            type="integer",
            minimum=10,
            maximum=850,
            description="Stop after so many seconds; run it again to go on",
        ),
    },
)
def replay():
    @task(pool=DATABASE_POOL, outlets=[VERSIONS])
    def read_again(params=None):
        """Read slice by slice and report."""
        from copydesk_airflow import desk

        return desk.replay(params)

    read_again()


replay()
