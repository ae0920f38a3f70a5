-- migrate:up
-- The chain of versions is built from looks: each look keeps what it was worth, and which version it was
-- said to show at any time stays on record.

alter table observations
    add column sign      text check (sign in ('text', 'missing', 'gone', 'wall', 'moved', 'failed')),  -- null: not read
    add column flags     text[] not null default '{}',   -- explained, walled, withdrawn
    add column reason    text not null default '',
    add column extractor text,                           -- that gave read_sha
    add column read_sha  bytea,                          -- hash of what it read; content_sha is the chain's
    add column permanent boolean not null default false, -- every redirect on the way to final_url was permanent
    add column claims    jsonb;                          -- image and dates, where they differ from the version's

update observations o
set sign = 'text', content_sha = v.content_sha, read_sha = v.content_sha, extractor = v.extractor,
    body_length = length(v.body), flags = '{explained}'
from versions v where v.id = o.version_id;
update observations
set sign = case when status in (410, 451) then 'gone' when status = 404 then 'missing'
                when decision = 'not_article' then 'wall' else 'failed' end
where state = 'done' and sign is null and decision <> 'suspect';
-- Suspect texts were not kept until now: they are read again, and then are.
update observations set state = 'new', decision = '', content_sha = null, attempts = 0
where state = 'done' and decision = 'suspect';

drop index observations_article;
create index observations_article on observations (article_id, observed_at desc, id desc);

alter table versions drop constraint versions_origin_check;
alter table versions add constraint versions_origin_check check (origin in ('publisher', 'correction', 'suspect'));
comment on column versions.origin is
    'publisher: in the chain. suspect: a text that looks like a stub or a wall and that nothing confirmed. '
    'correction: derived by copydesk.';
-- Two addresses of one article may show two texts in one instant; the writers of a chain take turns (lock_article).
drop index versions_chain;
create index versions_chain on versions (article_id, observed_at, content_sha) where origin = 'publisher';
create index versions_texts on versions (article_id, content_sha);

-- Append-only: which version a look was said to show, since when. A look that turns out to be of
-- another version, or of none (null), gets another row; so an answer about the past stays what it was.
create table attributions (
    id             bigint generated always as identity primary key,
    observation_id bigint not null,
    article_id     bigint not null references articles,
    observed_at    timestamptz not null,
    version_id     bigint references versions,
    recorded_at    timestamptz not null
);
create index attributions_as_of on attributions
    (article_id, observed_at desc, observation_id desc, recorded_at desc, id desc) include (version_id);
insert into attributions (observation_id, article_id, observed_at, version_id, recorded_at)
select id, article_id, observed_at, version_id, coalesce(decided_at, recorded_at)
from observations where version_id is not null order by id;

-- At the end of the transaction, so that the time is that of the commit: what is asked as of a moment
-- cannot change when a transaction that was under way at that moment ends.
create function record_attribution() returns trigger language plpgsql as $$
begin
    if exists (select from observations where id = new.id and version_id is not distinct from new.version_id) then
        insert into attributions (observation_id, article_id, observed_at, version_id, recorded_at)
        values (new.id, new.article_id, new.observed_at, new.version_id, clock_timestamp());
    end if;
    return null;
end $$;
create constraint trigger attribution_of_a_new_look after insert on observations
    deferrable initially deferred for each row when (new.version_id is not null)
    execute function record_attribution();
create constraint trigger attribution_changed after update of version_id on observations
    deferrable initially deferred for each row when (old.version_id is distinct from new.version_id)
    execute function record_attribution();

alter table article_urls alter column added_at set default clock_timestamp();

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
    select v.id, v.article_id, v.title, v.byline, v.body, v.lang,
           (select min(l.observed_at) from looks l where l.version_id = v.id), v.recorded_at, v.published_at
    from looks join versions v on v.id = looks.version_id
    order by looks.observed_at desc, v.content_sha desc, looks.observation_id desc
    limit 1;
end;
comment on function article_as_of(text, timestamptz, timestamptz) is
    'What a reader would have read at a URL at a time (seen), given what the archive knew at a time (known). '
    'For a moment of the past the answer never changes, whatever is learnt later. '
    'Always the publisher''s own words; copydesk''s corrected texts are in current_articles.corrected_body.';

create or replace view current_articles as
select a.id as article_id, a.url, a.publisher, a.state, a.pub_status, v.id as version_id, v.title, v.byline,
       v.body, d.id as corrected_version_id, coalesce(d.body, v.body) as corrected_body, v.lang,
       v.published_at, v.observed_at, v.recorded_at, m.cluster_id
from articles a
join lateral (select * from versions p
              where p.article_id = a.id and p.origin = 'publisher'
              order by p.observed_at desc, p.content_sha desc limit 1) v on true
left join lateral (select * from versions c
                   where c.based_on = v.id and c.origin = 'correction' and c.withdrawn_at is null
                   order by c.id desc limit 1) d on true
left join cluster_members m on m.article_id = a.id;

-- What another extractor reads in the bytes of a version: texts are compared as one extractor reads them.
create table readings (
    version_id bigint not null references versions,
    extractor  text not null,
    title      text not null,
    byline     text[] not null,
    body       text not null,
    facts      jsonb not null,
    read_at    timestamptz not null default now(),
    primary key (version_id, extractor)
);

alter table revisions
    add column fields jsonb not null default '[]',       -- fields other than the body that changed
    add column facts  jsonb not null default '[]';       -- dates, numbers, names, quotations, negations that changed

create view revision_times as
select r.version_id, r.article_id, r.previous_id, r.kind, r.material,
       (select max(o.observed_at) from observations o
        where o.article_id = r.article_id and o.version_id = r.previous_id and o.observed_at <= v.observed_at)
           as changed_after,
       v.observed_at as changed_before
from revisions r join versions v on v.id = r.version_id;
comment on view revision_times is
    'When each change was made: after the last look that saw the text before, not after the first that saw the new one.';

alter table articles drop constraint articles_state_check;
alter table articles add constraint articles_state_check
    check (state in ('new', 'live', 'gone', 'withdrawn', 'suspect', 'no_article', 'moved'));
alter table articles add column flapping boolean not null default false;
comment on column articles.flapping is 'Its last texts alternate between two (an A/B test): no editing.';
