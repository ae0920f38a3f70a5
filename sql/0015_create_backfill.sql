-- migrate:up
-- The ledger of backfill: which slices there are, how far each was read, who may write to it now.
-- Correctness rests on it alone, whoever starts the work (Airflow, the command line).

create table backfill_slices (
    id          bigint generated always as identity primary key,
    key         bytea not null unique,           -- SHA-256 of source, place, interval and options
    source      text not null,                   -- warc, wayback, folder, sitemap, feed, pages
    place       text not null,                   -- a file, a host, a feed
    since       timestamptz not null,
    until       timestamptz not null,
    options     jsonb not null default '{}',     -- pattern, feeds, hosts, limit, mapping: what else tells it apart
    mark        text not null default '',        -- state of the place (a file's size and time) when it was listed
    asked       text not null default '',        -- who wanted it read once more; the same wish is heard once
    state       text not null default 'waiting'
                check (state in ('waiting', 'running', 'done', 'failed', 'stopped')),
    checkpoint  jsonb not null default '{}',
    fence       bigint,
    lease_until timestamptz not null default '-infinity',
    not_before  timestamptz not null default now(),
    attempts    int not null default 0,
    expected    bigint,                          -- captures, as far as it could be said beforehand
    expected_bytes bigint,
    captures    bigint not null default 0,       -- seen
    stored      bigint not null default 0,       -- new looks
    bytes       bigint not null default 0,
    entries     bigint not null default 0,
    reasons     jsonb not null default '{}',     -- how many were passed over or failed, by reason
    error       text not null default '',
    detail      text not null default '',
    added_at    timestamptz not null default now(),
    started_at  timestamptz,
    ended_at    timestamptz
);
create index backfill_slices_open on backfill_slices (since, id) where state in ('waiting', 'running');

-- What a file holds, hour by hour: made in one pass for all slices and workers.
create table backfill_surveys (
    place   text primary key,
    mark    text not null,
    found   jsonb not null,
    made_at timestamptz not null default now()
);

-- How many requests backfill made at a host today: it has a budget of its own.
alter table hosts add column late_day date, add column late_requests int not null default 0;

-- Live looks are read before those of an archive, however many of these wait.
create index observations_lane on observations ((source not in ('live', 'push', 'revisit')), id) where state = 'new';
