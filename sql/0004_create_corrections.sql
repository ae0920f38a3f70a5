-- migrate:up
-- What publishers said was wrong, what it means, and what was done with it.

create table notices (
    id           bigint generated always as identity primary key,
    article_id   bigint not null references articles,     -- on whose page (or in whose entry) it stands
    text_sha     bytea not null,
    kind         text not null,
    text         text not null,
    headed       text,
    placement    text not null,
    style        text,
    lang         text not null,
    confidence   real not null,
    rule         text not null,
    -- The first and the last version of that article which show it.
    first_version_id bigint not null references versions,
    last_version_id  bigint not null references versions,
    observed_at  timestamptz not null,                    -- of the first
    recorded_at  timestamptz not null default now(),
    unique (article_id, text_sha)
);

create table corrections (
    id          bigint generated always as identity primary key,
    notice_id   bigint not null unique references notices,
    target_id   bigint references articles,               -- whose text was wrong; null: not known
    kind        text not null,
    claims      jsonb not null,
    wrong       text,
    "right"     text,
    field       text not null,
    paragraph   text,
    dated       date,
    confidence  real not null,
    actionable  boolean not null,
    reading     jsonb not null,                           -- the whole reading, for the record
    recorded_at timestamptz not null default now()
);
create index corrections_target on corrections (target_id);

create table applications (
    id            bigint generated always as identity primary key,
    correction_id bigint not null references corrections,
    version_id    bigint not null references versions,    -- the publisher's version in question
    article_id    bigint not null references articles,
    outcome       text not null check (outcome in ('already_corrected', 'applied', 'review', 'contradicted',
                                                   'refused', 'withdrawn', 'undone')),
    reason        text not null,
    edits         jsonb not null default '[]',
    candidates    jsonb not null default '[]',
    evidence      jsonb not null default '{}',
    decided_by    text not null default 'policy',
    decided_at    timestamptz not null default now(),
    result_id     bigint references versions,             -- the derived version
    fixed_by_id   bigint references versions,             -- the publisher's version that has it right
    superseded_at timestamptz                             -- a later row decides
);
create unique index applications_standing on applications (correction_id, version_id) where superseded_at is null;
create index applications_article on applications (article_id) where superseded_at is null;
create index applications_waiting on applications (decided_at) where outcome = 'review' and superseded_at is null;

create table reviews (
    id             bigint generated always as identity primary key,
    application_id bigint not null references applications,
    action         text not null check (action in ('approve', 'edit', 'reject', 'undo')),
    reviewer       text not null,
    note           text not null default '',
    edits          jsonb,
    at             timestamptz not null default now()
);
create index reviews_application on reviews (application_id);
