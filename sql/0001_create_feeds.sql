-- migrate:up
-- Feeds, how they are polled, and the pace of the hosts that serve them.
-- Long texts are never indexed as such (a btree row holds 2,704 bytes): their SHA-256 is.

create table hosts (
    host          text primary key,
    -- When something at this host is due; recomputed whenever the lease is given back.
    due_at        timestamptz not null default 'infinity',
    -- Not before: the gap since the last request, and Retry-After of a 429.
    next_at       timestamptz not null default '-infinity',
    lease_token   bigint,
    lease_until   timestamptz not null default '-infinity',
    last_seconds  real,
    backoff       real not null default 1,
    manners       jsonb,
    manners_reason text,
    constraint manners_need_a_reason check (manners is null or manners_reason is not null)
);
create index hosts_due on hosts (due_at);
create index hosts_leased on hosts (lease_until) where lease_token is not null;
create sequence fence;

create table robots (
    origin     text primary key,
    status     int,
    failure    text,
    body       bytea not null,
    fetched_at timestamptz not null
);

create table snapshots (
    sha256     bytea primary key check (octet_length(sha256) = 32),
    codec      text not null default 'zstd',
    size       int not null,                    -- bytes before compression
    bytes      bytea not null,
    stored_at  timestamptz not null default now()
);
alter table snapshots alter column bytes set storage external;  -- compressed already

create table feeds (
    id            bigint generated always as identity primary key,
    url           text not null,
    url_sha       bytea not null unique,
    host          text not null references hosts,
    title         text,
    home          text,
    folder        text not null default '',
    status        text not null default 'active' check (status in ('active', 'paused', 'gone', 'removed')),
    identity      text not null default 'guid',
    -- Byte-exact, as the server gave them (RFC 9111 4.3.1).
    etag          bytea,
    last_modified bytea,
    body_sha      bytea,
    schedule      jsonb not null default '{}',
    next_poll_at  timestamptz not null default now(),
    why           text not null default 'new feed',
    hubs          text[] not null default '{}',
    added_at      timestamptz not null default now(),
    last_poll_at  timestamptz,
    last_status   int,
    last_failure  text,
    aliases       text[] not null default '{}'
);
create index feeds_due on feeds (host, next_poll_at) where status = 'active';

create table feed_polls (
    id          bigint generated always as identity primary key,
    feed_id     bigint not null references feeds,
    observed_at timestamptz not null,
    recorded_at timestamptz not null default now(),
    status      int,
    failure     text,
    detail      text not null default '',
    seconds     real not null default 0,
    size        int not null default 0,
    conditional boolean not null default false,
    snapshot    bytea references snapshots,
    items       int not null default 0,
    new_items   int not null default 0,
    why         text not null default '',        -- why the next poll comes when it comes
    unique (feed_id, observed_at)
);
create index feed_polls_recent on feed_polls (observed_at);

create table gaps (
    id         bigint generated always as identity primary key,
    feed_id    bigint not null references feeds,
    from_at    timestamptz,
    to_at      timestamptz not null,
    noticed_at timestamptz not null default now(),
    closed_at  timestamptz,
    detail     text not null default '',
    unique (feed_id, to_at)
);

create table quarantine (
    id          bigint generated always as identity primary key,
    stage       text not null,
    reason      text not null,
    detail      text not null default '',
    ref         text not null,                   -- what it was: "observation 17", "feed 3"
    snapshot    bytea references snapshots,
    code        text not null,                   -- version of the code that gave up
    attempts    int not null default 1,
    first_at    timestamptz not null default now(),
    last_at     timestamptz not null default now(),
    resolved_at timestamptz,
    unique (stage, ref)
);
