-- migrate:up
-- Articles, every look at them, and every text that they had.

create table articles (
    id             bigint generated always as identity primary key,
    host           text not null references hosts,
    url            text not null,
    publisher      text not null,
    added_at       timestamptz not null default now(),
    first_seen_at  timestamptz not null,
    state          text not null default 'new'
                   check (state in ('new', 'live', 'gone', 'withdrawn', 'suspect', 'no_article')),
    pub_status     text not null default 'usable' check (pub_status in ('usable', 'withheld', 'canceled')),
    why            text not null default '',
    next_visit_at  timestamptz,                   -- null: no further look is planned
    visits         int not null default 0,
    failures       int not null default 0,
    gone_answers   int not null default 0,
    last_change_at timestamptz,
    etag           bytea,
    last_modified  bytea
);
create index articles_due on articles (host, next_visit_at) where next_visit_at is not null;
create index articles_publisher on articles (publisher, first_seen_at);

-- Many URLs, one article; each with the evidence that it is the same.
create table article_urls (
    url_sha    bytea primary key,
    url        text not null,
    article_id bigint not null references articles,
    evidence   text not null,                     -- entry, redirect, canonical, amp, backfill
    added_at   timestamptz not null default now()
);
create index article_urls_article on article_urls (article_id);

create table entries (
    id            bigint generated always as identity primary key,
    feed_id       bigint not null references feeds,
    key           text not null,                  -- by the feed's identity policy
    guid          text,
    link          text,
    title         text,
    published_raw text,
    published_at  timestamptz,
    published_quality text not null default 'missing',
    article_id    bigint references articles,
    first_seen_at timestamptz not null,
    last_seen_at  timestamptz not null,
    deleted_at    timestamptz,                    -- RFC 6721 tombstone; the entry stays
    content_sha   bytea not null,
    unique (feed_id, key)
);
create index entries_article on entries (article_id);
create index entries_link on entries (feed_id, md5(link));

-- One row for each different content that an entry had.
create table entry_sightings (
    entry_id    bigint not null references entries,
    observed_at timestamptz not null,
    content_sha bytea not null,
    item        jsonb not null,
    snapshot    bytea references snapshots,
    primary key (entry_id, observed_at)
);

create table observations (
    id          bigint generated always as identity primary key,
    url         text not null,
    url_sha     bytea not null,
    article_id  bigint not null references articles,
    entry_id    bigint references entries,
    observed_at timestamptz not null,             -- when the text stood on the web
    recorded_at timestamptz not null default now(),
    decided_at  timestamptz,
    source      text not null default 'live',     -- live, push, revisit, warc, wayback, folder ...
    status      int,
    final_url   text,
    headers     jsonb not null default '{}',
    failure     text,
    detail      text not null default '',
    snapshot    bytea references snapshots,
    state       text not null default 'new' check (state in ('new', 'done', 'quarantined')),
    decision    text not null default '',         -- new, unchanged, suspect, gone, not_article, failed
    version_id  bigint,                           -- whose text it showed
    content_sha bytea,                            -- of a suspect text that waits for a second look
    body_length int,
    lease_token bigint,
    lease_until timestamptz not null default '-infinity',
    attempts    int not null default 0,
    unique (url_sha, observed_at)
);
create index observations_new on observations (id) where state = 'new';
create index observations_article on observations (article_id, observed_at desc, id desc) where version_id is not null;
create index observations_suspect on observations (article_id) where decision = 'suspect';
create index observations_recent on observations (recorded_at);
create index observations_bytes on observations (article_id, snapshot) where version_id is not null;

create table versions (
    id           bigint generated always as identity primary key,
    article_id   bigint not null references articles,
    origin       text not null check (origin in ('publisher', 'correction')),
    observed_at  timestamptz not null,            -- first look that showed it; a late look may move it back
    recorded_at  timestamptz not null default now(),
    content_sha  bytea not null,
    title        text not null,
    byline       text[] not null default '{}',
    body         text not null,
    facts        jsonb not null,                  -- the document without its body
    lang         text,
    published_at timestamptz,
    words        int not null,
    scheme       smallint not null,               -- of the fingerprint
    shingles     int not null,
    fingerprint  bigint[] not null,
    extractor    text not null,
    snapshot     bytea references snapshots,
    -- Title and lead only: an index over whole bodies costs more than all other writes together
    -- (1.2 ms of CPU an article); "simple" because one archive holds many languages.
    search       tsvector generated always as (
                     to_tsvector('simple'::regconfig, left(title || ' ' || body, 2000))) stored,
    -- Derived versions only:
    based_on     bigint references versions,
    withdrawn_at timestamptz,
    withdrawn_why text,
    constraint derived_names_its_base check ((origin = 'correction') = (based_on is not null))
);
create unique index versions_chain on versions (article_id, observed_at) where origin = 'publisher';
create index versions_as_of on versions (article_id, observed_at, recorded_at);
create index versions_derived on versions (based_on) where origin = 'correction';
create index versions_search on versions using gin (search) where origin = 'publisher';
create index versions_published on versions (published_at);
alter table observations add foreign key (version_id) references versions deferrable;

create table revisions (
    version_id  bigint primary key references versions,   -- the later of the two
    article_id  bigint not null references articles,
    previous_id bigint references versions,
    kind        text not null,
    material    boolean not null,
    edits       jsonb not null,
    summary     text not null default '',
    decided_at  timestamptz not null default now()
);
create index revisions_article on revisions (article_id);

-- What is to be looked at again because a version, notice or cluster changed.
create table correction_work (
    article_id  bigint primary key references articles,
    wanted_at   timestamptz not null default now(),
    lease_token bigint,
    lease_until timestamptz not null default '-infinity'
);

-- The ordered stream. Read with x < pg_snapshot_xmin(pg_current_snapshot()), ordered by (x, id):
-- a transaction that commits late is then never skipped.
create table changes (
    id         bigint generated always as identity primary key,
    x          xid8 not null default pg_current_xact_id(),
    at         timestamptz not null default now(),
    kind       text not null,
    article_id bigint references articles,
    version_id bigint references versions,
    data       jsonb not null default '{}'
);
create index changes_order on changes (x, id);
