-- migrate:up
-- A page of feeds counts each one's last day. A feed's polls lie far apart, each beside those of every other feed, so
-- with 2,000 feeds the page read 5,000 blocks; now the index has what is counted, and a page reads 200.
alter table feed_polls
    drop constraint feed_polls_feed_id_observed_at_key,
    add constraint feed_polls_feed_id_observed_at_key unique (feed_id, observed_at) include (status, failure, new_items);

-- An index answers alone only where vacuum has been: a fifth of the table, which is days of polls, came too late.
alter table feed_polls set (autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 10000);

-- The order in which feeds are listed: a page takes its 50 and sorts none. A title may be longer than an index can hold.
create index feeds_by_name on feeds ("left"(coalesce(title, url), 200), id);
