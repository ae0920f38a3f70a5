-- migrate:up
-- A block range index is read whole: with 16 blocks in a range, finding the last hour among a million versions read 76
-- blocks and grew with the archive; with 64 it reads 20. Ranges that nothing has summed up yet count as hits, and vacuum
-- comes when a fifth of a table is new: a million versions later, one hour would cost 200,000. Now a full range is
-- summed up within a minute or so.
drop index versions_recorded;
create index versions_recorded on versions using brin (recorded_at) with (pages_per_range = 64, autosummarize = on);
alter index revisions_decided set (autosummarize = on);
