-- migrate:up
-- Clusters that grow by one article at a price that does not depend on how many there are.

drop table fingerprint_index;

-- Where a shingle stands. The key's high bits are the week of the story, so that new rows go to the few
-- pages that are in memory, however large the archive is; its low bits are the shingle's hash. Only what
-- is not its site's furniture. No foreign key: a check for each of a hundred rows costs more than the rows.
create table cluster_shingles (
    key        bigint not null,
    article_id bigint not null,
    site       int not null,
    primary key (key, article_id)
);

-- What was in three different texts of one site. It is furniture from then on.
create table site_furniture (
    hash bigint not null,
    site int not null,
    primary key (hash, site)
);

-- Each article's latest text as the grouping sees it.
create table cluster_sketches (
    article_id bigint primary key references articles,
    site       int not null,                      -- a number made of the publisher's name
    week       int not null,
    at         timestamptz not null,              -- published, else first seen
    agency     text,
    scheme     smallint not null,
    shingles   int not null,
    whole      bigint[] not null,                 -- in the text's order
    own        bigint[] not null,                 -- without furniture
    past       bigint[] not null default '{}',    -- of earlier versions: what the site showed too
    size       int not null,                      -- shingles that are the text's own, estimated
    compiled   boolean not null default false     -- a round-up: takes in nothing much shorter
);

-- Pairs that share enough.
create table cluster_links (
    longer      bigint not null references articles,
    shorter     bigint not null references articles,
    containment double precision not null,        -- of the shorter
    share       double precision not null,        -- of the longer
    shared      int not null,
    size_ratio  double precision not null,
    relation    text not null check (relation in ('same', 'contains', 'contained')),
    first       boolean not null,                 -- stands at the longer one's beginning, or makes up enough of it
    primary key (longer, shorter)
);
create index cluster_links_shorter on cluster_links (shorter);

alter table cluster_members alter column overlap type double precision;
alter table cluster_members add column shared int not null default 0;
alter table clusters add column members int not null default 0;
