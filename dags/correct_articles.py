"""Work out whose text is whose, what was corrected, and who still has it wrong.

**When.** Whenever `load_articles` has stored versions.

**Writes.** clusters, notices, corrections, applications, and derived versions
where the evidence is complete. Nothing that a publisher said is altered.

**If it fails.** The articles stay in correction_work and are taken by the next
run. See docs/runbook.md.
"""

from airflow.sdk import Param, dag, task

from copydesk_airflow.assets import CORRECTIONS, DATABASE_POOL, DEFAULT_ARGS, VERSIONS
from copydesk_airflow.deadlines import within


@dag(
    schedule=[VERSIONS],
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
def correct_articles():
    @task(pool=DATABASE_POOL, outlets=[CORRECTIONS])
    def correct(params=None, *, outlet_events=None):
        """Group, read notices, match, apply; until nothing waits."""
        from copydesk_airflow import desk

        counts = desk.correct(params["seconds"])
        outlet_events[CORRECTIONS].extra = counts
        return counts

    correct()


correct_articles()
