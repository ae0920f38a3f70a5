-- migrate:up
-- What the pages in Airflow's UI read: small tables beside the record, so that a page costs the same at a
-- million articles as at ten thousand.

-- One row per article: its latest text as the publisher had it. Kept by a trigger, because versions come
-- from several writers (live, backfill, late looks that move a version) and a list must miss none.
create table latest_versions (
    article_id     bigint primary key references articles on delete cascade,
    version_id     bigint not null,
    observed_at    timestamptz not null,
    publisher      text not null,
    lang           text,
    first_stored_at timestamptz not null,             -- when copydesk first had a text of it
    published_at   timestamptz                        -- what the page claims
);
create index latest_versions_time on latest_versions (observed_at desc, article_id desc);
create index latest_versions_publisher on latest_versions (publisher, observed_at desc, article_id desc);
create index latest_versions_lang on latest_versions (lang, observed_at desc, article_id desc);
create index latest_versions_stored on latest_versions (first_stored_at);

create function note_latest_version() returns trigger language plpgsql as $$
declare
    subject bigint := coalesce(new.article_id, old.article_id);
begin
    insert into latest_versions
    select v.article_id, v.id, v.observed_at, a.publisher, v.lang, f.at, v.published_at
    from versions v join articles a on a.id = v.article_id
    cross join lateral (select min(recorded_at) as at from versions
                        where article_id = subject and origin = 'publisher') f
    where v.article_id = subject and v.origin = 'publisher'
    order by v.observed_at desc limit 1
    on conflict (article_id) do update set version_id = excluded.version_id, observed_at = excluded.observed_at,
        lang = excluded.lang, first_stored_at = excluded.first_stored_at, published_at = excluded.published_at;
    if not found then
        delete from latest_versions where article_id = subject;
    end if;
    return null;
end $$;
create trigger latest_version_written after insert on versions
    for each row when (new.origin = 'publisher') execute function note_latest_version();
create trigger latest_version_moved after update of observed_at, lang, published_at on versions
    for each row when (new.origin = 'publisher') execute function note_latest_version();
create trigger latest_version_dropped after delete on versions
    for each row when (old.origin = 'publisher') execute function note_latest_version();

insert into latest_versions
select distinct on (v.article_id) v.article_id, v.id, v.observed_at, a.publisher, v.lang,
       min(v.recorded_at) over (partition by v.article_id), v.published_at
from versions v join articles a on a.id = v.article_id where v.origin = 'publisher'
order by v.article_id, v.observed_at desc;

-- What a task of a DAG run did. A task that is tried again leaves a row for each try.
create table task_runs (
    dag_id     text not null,
    run_id     text not null,
    task_id    text not null,
    map_index  int not null default -1,
    try        int not null,
    stage      text not null,                         -- collect, load, correct, tidy ...
    started_at timestamptz not null,
    ended_at   timestamptz,                           -- null: still at work, or killed
    counts     jsonb not null default '{}',
    failure    text,
    primary key (dag_id, run_id, task_id, map_index, try)
);
create index task_runs_recent on task_runs (started_at);

-- Figures of hours that are over; what is younger is counted when a page asks.
create table hourly_figures (
    hour   timestamptz not null,
    figure text not null,                             -- articles, versions, polls ...; 'closed' marks the hour
    n      bigint not null,
    primary key (hour, figure)
);

-- How each publisher corrects, as counted at a time; written by `maintain`.
create table scorecards (
    publisher  text primary key,
    counted_at timestamptz not null,
    figures    jsonb not null
);

-- Append-only times: a block range index finds an hour for almost no space and no cost at writing.
create index versions_recorded on versions using brin (recorded_at) with (pages_per_range = 16);
create index revisions_decided on revisions using brin (decided_at) with (pages_per_range = 16);
create index applications_decided on applications (decided_at);
create index applications_outcome on applications (outcome, id) where superseded_at is null;
create index notices_recorded on notices (recorded_at);
create index revisions_silent on revisions (article_id) where kind in ('silent_correction', 'silent_edit');
create index quarantine_open on quarantine (last_at) where resolved_at is null;
create index gaps_open on gaps (feed_id, noticed_at) where closed_at is null;
