"""Re-visits: which pages are worth a request now, signals that bring a look forward, and whether they were right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from copydesk.articles import budget, revisit
from copydesk.articles.habits import Habits
from copydesk.settings import Manners
from copydesk.store import hosts
from copydesk.store.db import Connection, Row, jsonb, maybe, one, rows

MannersFor = Callable[..., Manners]
"""(host, its own manners or None) to the manners there: :meth:`copydesk.settings.Settings.manners_for`."""

CANDIDATES = 500
"""Due pages that are weighed against each other, longest waiting first."""
REMEMBERED = 200
"""The last signals of a kind at a host that its precision is counted from."""


def due(conn: Connection, host: str, manners: Manners, limit: int) -> list[Row]:
    """Give the pages of a leased host to look at now, worthiest first: as many as the host's budget lets through.

    First looks are no re-visits and always may. Each row has its entry and the host's habits.
    """
    state = one(conn, "select habits, budget, clock_timestamp() as now from hosts where host = %s", host)
    habits, now = Habits.from_json(state["habits"]), state["now"]
    left = int(budget.read(state["budget"], now, manners.revisit_budget).left)
    waiting = rows(
        conn,
        """
        (select id, visits, visit_why, first_seen_at, last_look_at, next_visit_at from articles
         where host = %s and visits = 0 and next_visit_at <= clock_timestamp() order by next_visit_at limit %s)
        union all
        (select id, visits, visit_why, first_seen_at, last_look_at, next_visit_at from articles
         where host = %s and visits > 0 and next_visit_at <= clock_timestamp() order by next_visit_at limit %s)""",
        host,
        limit,
        host,
        CANDIDATES,
    )
    worth = {row["id"]: _gain(row, now, manners, habits) for row in waiting}
    waiting.sort(key=lambda row: (-worth[row["id"]], row["next_visit_at"], row["id"]))
    known = [row["id"] for row in waiting if row["visits"]][: max(left, 0)]
    chosen = [row["id"] for row in waiting if not row["visits"] or row["id"] in known][:limit]
    return _full(conn, chosen)


def _gain(row: Row, now: datetime, manners: Manners, habits: Habits) -> float:
    if not row["visits"]:
        return 1.0
    age = (now - row["first_seen_at"]).total_seconds()
    unseen = (now - (row["last_look_at"] or row["first_seen_at"])).total_seconds()
    return revisit.gain(row["visit_why"] or "age", age, unseen, manners, habits)


def _full(conn: Connection, ids: list[int]) -> list[Row]:
    return rows(
        conn,
        """
        select a.*, h.habits, (select max(e.id) from entries e where e.article_id = a.id) as entry_id
        from unnest(%s::bigint[]) with ordinality as wanted (id, place)
        join articles a using (id) join hosts h using (host) order by place""",
        ids,
    )


def spend(conn: Connection, host: str, manners: Manners, now: datetime) -> None:
    """Take one look from the host's budget, under its lease; where none is left, say from when on there is."""
    data = one(conn, "select budget from hosts where host = %s", host)["budget"]
    left = budget.spend(budget.read(data, now, manners.revisit_budget))
    ready = None if left.left >= 1 else budget.ready_at(left, manners.revisit_budget)
    conn.execute(
        """
        update hosts set budget = %s, revisit_at = case when %s then timestamptz '-infinity'
                                                              else coalesce(%s, timestamptz 'infinity') end
        where host = %s""",
        (jsonb(left.to_json()), left.left >= 1, ready, host),
    )


def signal(conn: Connection, article_ids: Iterable[int], kind: str, told_at: datetime, manners_for: MannersFor) -> int:
    """Something says that these pages changed: note it and bring their looks forward; gives how many looks.

    Hosts are locked in one order and before their articles, as the collector does it.
    """
    wanted = rows(
        conn,
        "select id, host from articles where id = any(%s) and visits > 0 order by host, id",
        sorted(set(article_ids)),
    )
    return sum(_signal(conn, row["id"], row["host"], kind, told_at, manners_for(row["host"])) for row in wanted)


def _signal(conn: Connection, article_id: int, host: str, kind: str, told_at: datetime, manners: Manners) -> bool:
    habits = one(conn, "select habits from hosts where host = %s for update", host)["habits"]
    row = one(conn, "select * from articles where id = %s for update", article_id)
    measured = Habits.from_json({**habits, "signals": {kind: precision(conn, host, kind)}})
    visit = revisit.signalled(history(row), kind, told_at, row["last_look_at"], manners, measured)
    fresh = conn.execute(
        """
        insert into revisit_signals (article_id, host, kind, told_at, visit_by) values (%s, %s, %s, %s, %s)
        on conflict (article_id, kind) where looked_at is null do nothing""",
        (article_id, host, kind, told_at, visit.at if visit else None),
    ).rowcount
    if not (fresh and visit):
        return False
    conn.execute(
        """
        update articles set next_visit_at = %s, visit_why = %s
        where id = %s and (next_visit_at is null or next_visit_at > %s)""",
        (visit.at, kind, article_id, visit.at),
    )
    hosts.wake(conn, host, visit.at)
    return True


def newer(conn: Connection, claims: Sequence[tuple[int, str, datetime]], at: datetime, manners_for: MannersFor) -> None:
    """A list says of pages (article, kind of signal, when modified): a signal where that is after our last look."""
    found = rows(
        conn,
        "select id, last_look_at from articles where id = any(%s) and last_look_at is not null",
        sorted({article for article, _, _ in claims}),
    )
    looks = {row["id"]: row["last_look_at"] for row in found}
    for article, kind, claimed in sorted(claims):
        if article in looks and looks[article] < claimed:
            signal(conn, [article], kind, at, manners_for)


def moved_date(conn: Connection, article_id: int, modified: datetime, looked_at: datetime) -> bool:
    """Keep a page's dateModified; says whether it moved since an earlier look that knew one."""
    row = maybe(
        conn,
        """
        with before as (select id, modified_at from articles where id = %s for update)
        update articles a set modified_at = %s from before b
        where a.id = b.id and (b.modified_at is null or b.modified_at < %s) and %s <= %s
        returning b.modified_at is not null as moved""",
        article_id,
        modified,
        modified,
        modified,
        looked_at + timedelta(days=1),
    )
    return bool(row and row["moved"])


def settle(conn: Connection, article_id: int, looked_at: datetime, *, changed: bool) -> None:
    """A complete look answers the signals that were told before it: were they right?"""
    conn.execute(
        """
        update revisit_signals set looked_at = %s, changed = %s
        where article_id = %s and looked_at is null and told_at <= %s""",
        (looked_at, changed, article_id, looked_at),
    )


def wish(conn: Connection, article_id: int, looked_at: datetime) -> Row | None:
    """Give the earliest look that a signal asked for after ``looked_at``, with its kind."""
    return maybe(
        conn,
        """
        select visit_by, kind from revisit_signals
        where article_id = %s and looked_at is null and told_at > %s and visit_by is not null
        order by visit_by limit 1""",
        article_id,
        looked_at,
    )


def precision(conn: Connection, host: str, kind: str) -> tuple[int, int]:
    """Give (answered, right) of the last signals of a kind at a host."""
    row = one(
        conn,
        """
        select count(*) as told, count(*) filter (where changed) as hit
        from (select changed from revisit_signals where host = %s and kind = %s and looked_at is not null
              order by id desc limit %s) recent""",
        host,
        kind,
        REMEMBERED,
    )
    return row["told"], row["hit"]


def history(row: Row, **news: object) -> revisit.History:
    """Give what the planner takes from an article's row, with what the look just made brought."""
    known = {
        "looks": row["visits"],
        "last_change": row["last_change_at"],
        "suspect": row["state"] == "suspect",
        "gone_answers": row["gone_answers"],
        "failures": row["failures"],
    }
    return revisit.History(row["first_seen_at"], **{**known, **news})
