-- migrate:up
-- What leaves the archive and what is erased from it: readings, replays, webhooks, takedowns, retention, stores of bytes.

-- What the publisher reserves, as its newest page says (articles/rights.py).
alter table articles add column rights text[] not null default '{}', add column rights_at timestamptz;

-- A better extractor reads a version's bytes again: the version has the newer reading, and the one that it
-- had until superseded_at stays in readings (null there: an other extractor's reading, never the version's own).
alter table versions add column read_at timestamptz;  -- when the present reading was stored; null: with the version
alter table readings add column superseded_at timestamptz;
create index readings_superseded on readings (version_id, superseded_at) where superseded_at is not null;

create table replays (
    id         bigint generated always as identity primary key,
    extractor  text not null,
    scope      jsonb not null,
    writes     boolean not null,
    units      int not null default 0,            -- looks to read, each with bytes of its own
    started_at timestamptz not null default clock_timestamp(),
    done_at    timestamptz
);
create table replay_slices (
    replay_id    bigint not null references replays on delete cascade,
    number       int not null,
    observations bigint[] not null,
    report       jsonb,                           -- null: not read yet
    lease_token  bigint,
    lease_until  timestamptz not null default '-infinity',
    primary key (replay_id, number)
);
create index replay_slices_waiting on replay_slices (replay_id, number) where report is null;

-- Each text that an article had, as a hash chained to the one before: append-only, and kept when the text is erased.
create table ledger (
    article_id  bigint not null references articles,
    seq         int not null,
    version_id  bigint not null references versions,
    origin      text not null,
    extractor   text not null,
    recorded_at timestamptz not null,
    text_sha    bytea not null check (octet_length(text_sha) = 32),
    link        bytea not null check (octet_length(link) = 32),
    primary key (article_id, seq),
    unique (version_id, text_sha)
);

create table takedowns (
    article_id bigint primary key references articles,
    reason     text not null,
    decided_by text not null,
    decided_at timestamptz not null default clock_timestamp(),
    swept_at   timestamptz                        -- feeds that carried it were searched up to then
);
create table retention_rules (
    id        bigint generated always as identity primary key,
    publisher text,                               -- null: every publisher
    rights    text,                               -- null: whatever is reserved
    texts     interval,                           -- erase texts that are older; null: keep
    snapshots interval,
    reason    text not null,
    added_at  timestamptz not null default now(),
    constraint rule_erases_something check (texts is not null or snapshots is not null)
);
alter table versions add column erased_at timestamptz, add column erased_why text;

-- Bytes may lie elsewhere (COPYDESK_SNAPSHOTS), or be erased; their hash and size stay.
create table snapshot_places (
    id  int generated always as identity primary key,
    url text not null unique
);
alter table snapshots alter column bytes drop not null,
    add column place int references snapshot_places,
    add column erased_at timestamptz,
    add constraint snapshot_lies_in_one_place
        check (num_nonnulls(bytes, place, erased_at) = 1);
create index snapshots_here on snapshots (stored_at) where bytes is not null;
create index observations_snapshot on observations (snapshot) where snapshot is not null;
create index feed_polls_snapshot on feed_polls (snapshot) where snapshot is not null;
create index entry_sightings_snapshot on entry_sightings (snapshot) where snapshot is not null;

create table webhooks (
    id           bigint generated always as identity primary key,
    url          text not null,
    secret       text not null,
    types        text[] not null default '{}',    -- empty: all
    cursor       text not null,
    state        text not null default 'active' check (state in ('active', 'paused', 'gone')),
    added_at     timestamptz not null default now(),
    next_at      timestamptz not null default '-infinity',
    failures     int not null default 0,          -- in a row
    last_answer  text not null default '',
    last_ok_at   timestamptz,
    lease_token  bigint,
    lease_until  timestamptz not null default '-infinity'
);
comment on column webhooks.secret is 'Signs what is sent. Shown once, when the webhook is added; never exported.';

-- Events that an endpoint did not take yet, and dead letters. Later events of the same article wait behind them.
create table deliveries (
    webhook_id bigint not null references webhooks on delete cascade,
    change_id  bigint not null,
    article_id bigint,
    event      jsonb not null,
    state      text not null default 'waiting' check (state in ('waiting', 'dead')),
    attempts   int not null default 0,
    first_at   timestamptz,
    next_at    timestamptz not null default '-infinity',
    last_answer text not null default '',
    primary key (webhook_id, change_id)
);
create index deliveries_due on deliveries (webhook_id, next_at) where state = 'waiting';
create index deliveries_article on deliveries (webhook_id, article_id) where state = 'waiting';

-- A taken-down article is not asked for, not stored again and not re-told by feeds, whoever writes.
create function refuse_taken_down() returns trigger language plpgsql as $$
begin
    if tg_table_name = 'entry_sightings' then
        if exists (select from entries e join takedowns t using (article_id) where e.id = new.entry_id) then
            new.item := '{}';
        end if;
        return new;
    end if;
    if tg_table_name = 'articles' then
        if exists (select from takedowns t where t.article_id = new.id) then
            new.next_visit_at := null;
        end if;
        return new;
    end if;
    if not exists (select from takedowns t where t.article_id = new.article_id) then
        return new;
    end if;
    if tg_table_name = 'entries' then
        new.title := null;
        return new;
    end if;
    update snapshots set bytes = null, place = null, erased_at = clock_timestamp()
    where sha256 = new.snapshot and bytes is not null;
    return null;
end $$;
create trigger taken_down before insert on observations for each row execute function refuse_taken_down();
create trigger taken_down before insert on entry_sightings for each row execute function refuse_taken_down();
create trigger taken_down before insert or update of title on entries
    for each row when (new.title is not null) execute function refuse_taken_down();
create trigger taken_down before update of next_visit_at on articles
    for each row when (new.next_visit_at is not null) execute function refuse_taken_down();

-- What a reader would have read, as the archive held it at that time: an older reading where it stood then.
create or replace function article_as_of(url text, seen timestamptz, known timestamptz default now())
returns table (version_id bigint, article_id bigint, title text, byline text[], body text, lang text,
               observed_at timestamptz, recorded_at timestamptz, published_at timestamptz)
language sql stable
begin atomic
    with looks as (
        select distinct on (t.observed_at, t.observation_id)
               t.article_id, t.observed_at, t.observation_id, t.version_id
        from article_urls u join attributions t on t.article_id = u.article_id
        where u.url_sha = sha256(convert_to(article_as_of.url, 'UTF8')) and u.added_at <= article_as_of.known
          and t.observed_at <= article_as_of.seen and t.recorded_at <= article_as_of.known
        order by t.observed_at desc, t.observation_id desc, t.recorded_at desc, t.id desc)
    select v.id, v.article_id, coalesce(h.title, v.title), coalesce(h.byline, v.byline), coalesce(h.body, v.body),
           v.lang, (select min(l.observed_at) from looks l where l.version_id = v.id), v.recorded_at, v.published_at
    from looks join versions v on v.id = looks.version_id
    left join lateral (select r.title, r.byline, r.body from readings r
                       where r.version_id = v.id and r.superseded_at > article_as_of.known
                       order by r.superseded_at limit 1) h on true
    order by looks.observed_at desc, v.content_sha desc, looks.observation_id desc
    limit 1;
end;
