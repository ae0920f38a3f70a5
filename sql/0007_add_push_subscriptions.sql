-- migrate:up
-- WebSub: the topic that a feed names, and our subscription to it at a hub (one hub for each feed at a time).

alter table feeds add column topic text;

create index feeds_aliases on feeds using gin (aliases) where aliases <> '{}';

create table push_subscriptions (
    token text primary key,
    feed_id bigint not null unique references feeds (id),
    hub text not null,
    topic text not null,
    secret text,
    confirmed_at timestamptz,
    lease_until timestamptz,
    pending text check (pending in ('subscribe', 'unsubscribe')),
    pending_secret text,
    pending_since timestamptz,
    pushes bigint not null default 0,
    last_push_at timestamptz,
    last_answer text not null default ''
);

comment on column push_subscriptions.secret is 'Verified: only pushes signed with it count. Never exported.';
