-- migrate:up
-- The same story text at several publishers.

create table clusters (
    id         bigint generated always as identity primary key,
    origin_id  bigint not null references articles,
    created_at timestamptz not null default now()
);

create table cluster_members (
    article_id bigint primary key references articles,
    cluster_id bigint not null references clusters,
    relation   text not null check (relation in ('origin', 'same', 'contained', 'contains')),
    overlap    real not null,
    since      timestamptz not null default now()
);
create index cluster_members_cluster on cluster_members (cluster_id);

-- A thin sample of each article's latest fingerprint, for finding candidates: a narrow table and a
-- btree stay steady where GIN's pending list does not.
create table fingerprint_index (
    hash       bigint not null,
    article_id bigint not null references articles,
    seen_at    timestamptz not null,
    primary key (hash, article_id)
);
create index fingerprint_index_article on fingerprint_index (article_id);
