-- migrate:up
-- What a taken-down article brings is refused as before; bytes that other articles show too (a consent wall) stay theirs.
create or replace function refuse_taken_down() returns trigger language plpgsql as $$
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
    where sha256 = new.snapshot and erased_at is null
      and not exists (select from observations o where o.snapshot = new.snapshot
                        and o.article_id not in (select article_id from takedowns));
    return null;
end $$;
