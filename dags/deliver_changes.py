"""Send the change stream to webhooks.

**When.** Whenever versions or corrections were written; every five minutes
`maintain` sends what waits for another try.

**Writes.** webhooks (how far each has come), deliveries (what was not taken yet,
and dead letters). `copydesk webhooks list` shows both.

**If it fails.** The next run goes on where each webhook was; what was sent and not
noted is sent again under the same id. See docs/runbook.md.
"""

from airflow.sdk import Param, dag, task

from copydesk_airflow.assets import CORRECTIONS, DEFAULT_ARGS, NETWORK_POOL, VERSIONS
from copydesk_airflow.deadlines import within


@dag(
    schedule=(VERSIONS | CORRECTIONS),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    default_args=DEFAULT_ARGS,
    tags=["copydesk", "live"],
    doc_md=__doc__,
    deadline=within(minutes=10),
    params={
        "seconds": Param(60, type="integer", minimum=5, maximum=600, description="Stop sending after so many seconds")
    },
)
def deliver_changes():
    @task(pool=NETWORK_POOL)
    def deliver(params=None):
        """Serve every webhook that may be served now."""
        from copydesk_airflow import desk

        return desk.deliver(params["seconds"])

    deliver()


deliver_changes()
