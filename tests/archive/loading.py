"""Backfill in one call, for tests."""

from __future__ import annotations

from datetime import timedelta

from copydesk.pipeline import backfill
from copydesk.stages.backfill import Request, enlist, plan
from copydesk.store import backfill as ledger
from copydesk.store.db import rows

DAY = timedelta(days=1)


def load(desk, *sources, interval, step=DAY, again="", **options):
    """Backfill in slices; gives the ledger's rows."""
    request = Request([str(s) for s in sources], interval, step, options, again)
    ids = enlist(desk.pool, request, plan(desk.pool, desk.settings, request))
    backfill(desk, ids)
    with desk.pool.connection() as conn:
        return ledger.listing(conn, ids)


def ask(desk, query, *args):
    with desk.pool.connection() as conn:
        return rows(conn, query, *args)
