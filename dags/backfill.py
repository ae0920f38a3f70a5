"""Load history: captures of archives become looks at the time at which they were made.

**When.** Never by itself. Start it as a backfill (Trigger, then *Backfill*, or
`airflow backfill create --dag-id backfill --from-date 2025-01-01 --to-date 2025-12-31
--dag-run-conf '{"source": "warc:/archives/*.warc.gz"}'`): one run for each day, and the
run's data interval is the slice that it reads.

**Writes.** The ledger `backfill_slices` first and last; snapshots, observations, entries;
then versions and corrections through the functions of the live DAGs. What is stored
already is not stored twice. To read days again that are done, use the reprocess
behaviour *completed*.

**If it fails.** The log and `copydesk backfill --status` name the file or host and why;
the other slices are not touched. Clear the task and it goes on from its checkpoint. An
archive that asks for a pause is asked again after it. See docs/backfill.md.
"""

from datetime import timedelta

from airflow.sdk import CronDataIntervalTimetable, Param, dag, task

from copydesk_airflow.assets import ARCHIVE_POOL, CORRECTIONS, DEFAULT_ARGS, VERSIONS

LISTS = {"type": ["array", "null"], "items": {"type": "string"}}


@dag(
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
    catchup=False,
    max_active_runs=4,
    is_paused_upon_creation=False,
    default_args=DEFAULT_ARGS | {"execution_timeout": timedelta(hours=12)},
    tags=["copydesk", "history"],
    doc_md=__doc__,
    params={
        "source": Param(
            None,
            type=["string", "null"],
            description="What to read, as KIND:PLACE (docs/backfill.md); several with a space between",
        ),
        "feeds": Param([], **LISTS, description="Only what belongs to these feeds (URLs)"),
        "hosts": Param([], **LISTS, description="Only what stood at these publishers (hosts)"),
        "limit": Param(None, type=["integer", "null"], minimum=1, description="At most so many captures of each slice"),
        "map": Param({}, type=["object", "null"], description="Fields of a folder's records: url, time, body, title"),
        "archive": Param(None, type=["string", "null"], description="Another Memento archive than the Wayback Machine"),
        "dry_run": Param(False, type="boolean", description="Only say how many slices, captures and bytes there are"),
    },
)
def backfill():
    @task(pool=ARCHIVE_POOL, outlets=[VERSIONS, CORRECTIONS])
    def read_slice(params=None, *, dag_run=None, ti=None, outlet_events=None):
        """Read what the archives have of this run's data interval."""
        from copydesk_airflow import backfill

        counts = backfill.read_slice(dag_run, ti, params)
        outlet_events[VERSIONS].extra = outlet_events[CORRECTIONS].extra = counts
        return counts

    read_slice()


backfill()
