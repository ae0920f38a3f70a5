-- migrate:up
-- A hub that does not verify, or that denied, is asked again ever more rarely.

alter table push_subscriptions add column attempts int not null default 0, add column retry_at timestamptz;
