-- migrate:up
-- The desk's search finds words anywhere in a text, not only in its first 2,000 characters. 100,000 characters of four
-- bytes each stay below the megabyte that a tsvector may hold. Rewrites the table: minutes for a million texts.
alter table versions alter column search
    set expression as (to_tsvector('simple'::regconfig, "left"(title || ' ' || body, 100000)));

-- A text that turns out to be a stub or a wall leaves the chain (and may come back): its article's latest text changes.
create or replace function note_latest_version() returns trigger language plpgsql as $$
declare
    subject bigint := coalesce(new.article_id, old.article_id);
begin
    insert into latest_versions
    select v.article_id, v.id, v.observed_at, a.publisher, v.lang, f.at, v.published_at
    from versions v join articles a on a.id = v.article_id
    cross join lateral (select min(recorded_at) as at from versions
                        where article_id = subject and origin = 'publisher') f
    where v.article_id = subject and v.origin = 'publisher'
    order by v.observed_at desc, v.content_sha desc limit 1
    on conflict (article_id) do update set version_id = excluded.version_id, observed_at = excluded.observed_at,
        lang = excluded.lang, first_stored_at = excluded.first_stored_at, published_at = excluded.published_at
    where (latest_versions.version_id, latest_versions.observed_at, latest_versions.lang,
           latest_versions.first_stored_at, latest_versions.published_at)
          is distinct from (excluded.version_id, excluded.observed_at, excluded.lang,
                            excluded.first_stored_at, excluded.published_at);
    if not exists (select from versions where article_id = subject and origin = 'publisher') then
        delete from latest_versions where article_id = subject;
    end if;
    return null;
end $$;
drop trigger latest_version_moved on versions;
create trigger latest_version_moved after update of observed_at, lang, published_at, origin on versions
    for each row when (old.origin = 'publisher' or new.origin = 'publisher') execute function note_latest_version();

-- What was already set aside under the narrower trigger.
delete from latest_versions l where not exists (
    select from versions v where v.id = l.version_id and v.origin = 'publisher');
insert into latest_versions
select distinct on (v.article_id) v.article_id, v.id, v.observed_at, a.publisher, v.lang,
       min(v.recorded_at) over (partition by v.article_id), v.published_at
from versions v join articles a on a.id = v.article_id where v.origin = 'publisher'
order by v.article_id, v.observed_at desc, v.content_sha desc
on conflict (article_id) do nothing;
