-- migrate:up
-- What the planner of re-visits keeps: why a look is due, signals and whether they were right, habits and budget of hosts.

alter table articles
    add column last_look_at timestamptz,          -- the last complete answer
    add column modified_at  timestamptz,          -- the page's own dateModified, the newest that it claimed
    add column visit_why    text not null default '';
create index articles_first_look on articles (host, next_visit_at) where visits = 0 and next_visit_at is not null;

alter table entries add column updated_at timestamptz;   -- atom:updated, or lastmod of a sitemap

alter table hosts
    add column habits     jsonb not null default '{}',   -- articles, edited, expected, signals: learned from the archive
    add column budget     jsonb not null default '{}',   -- of re-visits: what is left of it, and at which time
    add column revisit_at timestamptz not null default '-infinity';   -- no known article is looked at before

create table revisit_signals (
    id         bigint generated always as identity primary key,
    article_id bigint not null references articles,
    host       text not null,
    kind       text not null,
    told_at    timestamptz not null,
    visit_by   timestamptz,                       -- null: the article had its share of extra looks
    looked_at  timestamptz,                       -- the first complete look after it
    changed    boolean                            -- whether that look showed another text
);
create unique index revisit_signals_open on revisit_signals (article_id, kind) where looked_at is null;
create index revisit_signals_precision on revisit_signals (host, kind, id) where looked_at is not null;
create index revisit_signals_told on revisit_signals (told_at);
comment on table revisit_signals is 'What said that a page had changed, and whether it had: the measured precision of each kind at each host.';
