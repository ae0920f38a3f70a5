-- migrate:up
-- Words are sought in latest texts only, so their vectors stand in the list that is walked newest first: a probe of the
-- walk is one row and not two, the rows that the full-text index points to lie in a table of a third the size, and texts
-- that have been followed by another keep no vector (bench/desk).
alter table latest_versions add column search tsvector;
update latest_versions l set search = v.search from versions v where v.id = l.version_id;
alter table latest_versions alter column search set not null, alter column search set statistics 300;
create index latest_versions_search on latest_versions using gin (search);

-- 100,000 characters of four bytes each stay below the megabyte that a tsvector may hold.
create function search_vector(title text, body text) returns tsvector language sql immutable
return to_tsvector('simple'::regconfig, "left"(title || ' ' || body, 100000));

create or replace function note_latest_version() returns trigger language plpgsql as $$
declare
    subject bigint := coalesce(new.article_id, old.article_id);
begin
    insert into latest_versions
    select v.article_id, v.id, v.observed_at, a.publisher, v.lang, f.at, v.published_at, search_vector(v.title, v.body)
    from versions v join articles a on a.id = v.article_id
    cross join lateral (select min(recorded_at) as at from versions
                        where article_id = subject and origin = 'publisher') f
    where v.article_id = subject and v.origin = 'publisher'
    order by v.observed_at desc, v.content_sha desc limit 1
    on conflict (article_id) do update set version_id = excluded.version_id, observed_at = excluded.observed_at,
        lang = excluded.lang, first_stored_at = excluded.first_stored_at, published_at = excluded.published_at,
        search = excluded.search
    where (latest_versions.version_id, latest_versions.observed_at, latest_versions.lang,
           latest_versions.first_stored_at, latest_versions.published_at, latest_versions.search)
          is distinct from (excluded.version_id, excluded.observed_at, excluded.lang,
                            excluded.first_stored_at, excluded.published_at, excluded.search);
    if not exists (select from versions where article_id = subject and origin = 'publisher') then
        delete from latest_versions where article_id = subject;
    end if;
    return null;
end $$;
drop trigger latest_version_moved on versions;
create trigger latest_version_moved
    after update of observed_at, lang, published_at, origin, title, body on versions -- erasing blanks the vector too
    for each row when (old.origin = 'publisher' or new.origin = 'publisher') execute function note_latest_version();

create or replace view current_articles as
select a.id as article_id, a.url, a.publisher, a.state, a.pub_status, v.id as version_id, v.title, v.byline,
       v.body, d.id as corrected_version_id, coalesce(d.body, v.body) as corrected_body, v.lang,
       v.published_at, v.observed_at, v.recorded_at, m.cluster_id
from articles a
join lateral (select p.id, p.title, p.byline, p.body, p.lang, p.published_at, p.observed_at, p.recorded_at
              from versions p where p.article_id = a.id and p.origin = 'publisher'
              order by p.observed_at desc, p.content_sha desc limit 1) v on true
left join lateral (select c.id, c.body from versions c
                   where c.based_on = v.id and c.origin = 'correction' and c.withdrawn_at is null
                   order by c.id desc limit 1) d on true
left join cluster_members m on m.article_id = a.id;
alter table versions drop column search;
