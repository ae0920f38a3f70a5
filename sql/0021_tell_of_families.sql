-- migrate:up
-- Whoever joins, changes or leaves a family of copies is told of in the stream, whichever writer did it.
create function tell_of_family() returns trigger language plpgsql as $$
declare
    subject bigint := case when tg_op = 'DELETE' then old.article_id else new.article_id end;
begin
    insert into changes (kind, article_id, data) values ('clustered', subject, jsonb_build_object(
        'cluster', case when tg_op <> 'DELETE' then new.cluster_id end,
        'was', case when tg_op <> 'INSERT' then old.cluster_id end));
    return null;
end $$;
create trigger family_entered_or_left after insert or delete on cluster_members
    for each row execute function tell_of_family();
create trigger family_changed after update of cluster_id on cluster_members
    for each row when (old.cluster_id <> new.cluster_id) execute function tell_of_family();
