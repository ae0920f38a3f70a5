-- What the migrations make, as pg_dump tells it: for reading and reviewing. Written by `make schema`.

CREATE TABLE public.article_urls (
    url_sha bytea NOT NULL,
    url text NOT NULL,
    article_id bigint NOT NULL,
    evidence text NOT NULL,
    added_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE public.attributions (
    id bigint NOT NULL,
    observation_id bigint NOT NULL,
    article_id bigint NOT NULL,
    observed_at timestamp with time zone NOT NULL,
    version_id bigint,
    recorded_at timestamp with time zone NOT NULL
);

CREATE TABLE public.readings (
    version_id bigint NOT NULL,
    extractor text NOT NULL,
    title text NOT NULL,
    byline text[] NOT NULL,
    body text NOT NULL,
    facts jsonb NOT NULL,
    read_at timestamp with time zone DEFAULT now() NOT NULL,
    superseded_at timestamp with time zone
);

CREATE TABLE public.versions (
    id bigint NOT NULL,
    article_id bigint NOT NULL,
    origin text NOT NULL,
    observed_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL,
    content_sha bytea NOT NULL,
    title text NOT NULL,
    byline text[] DEFAULT '{}'::text[] NOT NULL,
    body text NOT NULL,
    facts jsonb NOT NULL,
    lang text,
    published_at timestamp with time zone,
    words integer NOT NULL,
    scheme smallint NOT NULL,
    shingles integer NOT NULL,
    fingerprint bigint[] NOT NULL,
    extractor text NOT NULL,
    snapshot bytea,
    based_on bigint,
    withdrawn_at timestamp with time zone,
    withdrawn_why text,
    read_at timestamp with time zone,
    erased_at timestamp with time zone,
    erased_why text,
    CONSTRAINT derived_names_its_base CHECK (((origin = 'correction'::text) = (based_on IS NOT NULL))),
    CONSTRAINT versions_origin_check CHECK ((origin = ANY (ARRAY['publisher'::text, 'correction'::text, 'suspect'::text])))
);

COMMENT ON COLUMN public.versions.origin IS 'publisher: in the chain. suspect: a text that looks like a stub or a wall and that nothing confirmed. correction: derived by copydesk.';

CREATE FUNCTION public.article_as_of(url text, seen timestamp with time zone, known timestamp with time zone DEFAULT now()) RETURNS TABLE(version_id bigint, article_id bigint, title text, byline text[], body text, lang text, observed_at timestamp with time zone, recorded_at timestamp with time zone, published_at timestamp with time zone)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 WITH looks AS (
          SELECT DISTINCT ON (t.observed_at, t.observation_id) t.article_id,
             t.observed_at,
             t.observation_id,
             t.version_id
            FROM (public.article_urls u
              JOIN public.attributions t ON ((t.article_id = u.article_id)))
           WHERE ((u.url_sha = sha256(convert_to(article_as_of.url, 'UTF8'::name))) AND (u.added_at <= article_as_of.known) AND (t.observed_at <= article_as_of.seen) AND (t.recorded_at <= article_as_of.known))
           ORDER BY t.observed_at DESC, t.observation_id DESC, t.recorded_at DESC, t.id DESC
         )
  SELECT v.id,
     v.article_id,
     COALESCE(h.title, v.title) AS "coalesce",
     COALESCE(h.byline, v.byline) AS "coalesce",
     COALESCE(h.body, v.body) AS "coalesce",
     v.lang,
     ( SELECT min(l.observed_at) AS min
            FROM looks l
           WHERE (l.version_id = v.id)) AS min,
     v.recorded_at,
     v.published_at
    FROM ((looks
      JOIN public.versions v ON ((v.id = looks.version_id)))
      LEFT JOIN LATERAL ( SELECT r.title,
             r.byline,
             r.body
            FROM public.readings r
           WHERE ((r.version_id = v.id) AND (r.superseded_at > article_as_of.known))
           ORDER BY r.superseded_at
          LIMIT 1) h ON (true))
   ORDER BY looks.observed_at DESC, v.content_sha DESC, looks.observation_id DESC
  LIMIT 1;
END;

COMMENT ON FUNCTION public.article_as_of(url text, seen timestamp with time zone, known timestamp with time zone) IS 'What a reader would have read at a URL at a time (seen), given what the archive knew at a time (known). For a moment of the past the answer never changes, whatever is learnt later. Always the publisher''s own words; copydesk''s corrected texts are in current_articles.corrected_body.';

CREATE FUNCTION public.note_latest_version() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.record_attribution() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    if exists (select from observations where id = new.id and version_id is not distinct from new.version_id) then
        insert into attributions (observation_id, article_id, observed_at, version_id, recorded_at)
        values (new.id, new.article_id, new.observed_at, new.version_id, clock_timestamp());
    end if;
    return null;
end $$;

CREATE FUNCTION public.refuse_taken_down() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.search_vector(title text, body text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE
    RETURN to_tsvector('simple'::regconfig, "left"(((title || ' '::text) || body), 100000));

CREATE FUNCTION public.tell_of_family() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
declare
    subject bigint := case when tg_op = 'DELETE' then old.article_id else new.article_id end;
begin
    insert into changes (kind, article_id, data) values ('clustered', subject, jsonb_build_object(
        'cluster', case when tg_op <> 'DELETE' then new.cluster_id end,
        'was', case when tg_op <> 'INSERT' then old.cluster_id end));
    return null;
end $$;

CREATE TABLE public.applications (
    id bigint NOT NULL,
    correction_id bigint NOT NULL,
    version_id bigint NOT NULL,
    article_id bigint NOT NULL,
    outcome text NOT NULL,
    reason text NOT NULL,
    edits jsonb DEFAULT '[]'::jsonb NOT NULL,
    candidates jsonb DEFAULT '[]'::jsonb NOT NULL,
    evidence jsonb DEFAULT '{}'::jsonb NOT NULL,
    decided_by text DEFAULT 'policy'::text NOT NULL,
    decided_at timestamp with time zone DEFAULT now() NOT NULL,
    result_id bigint,
    fixed_by_id bigint,
    superseded_at timestamp with time zone,
    CONSTRAINT applications_outcome_check CHECK ((outcome = ANY (ARRAY['already_corrected'::text, 'applied'::text, 'review'::text, 'contradicted'::text, 'refused'::text, 'withdrawn'::text, 'undone'::text])))
);

ALTER TABLE public.applications ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.applications_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.articles (
    id bigint NOT NULL,
    host text NOT NULL,
    url text NOT NULL,
    publisher text NOT NULL,
    added_at timestamp with time zone DEFAULT now() NOT NULL,
    first_seen_at timestamp with time zone NOT NULL,
    state text DEFAULT 'new'::text NOT NULL,
    pub_status text DEFAULT 'usable'::text NOT NULL,
    why text DEFAULT ''::text NOT NULL,
    next_visit_at timestamp with time zone,
    visits integer DEFAULT 0 NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    gone_answers integer DEFAULT 0 NOT NULL,
    last_change_at timestamp with time zone,
    etag bytea,
    last_modified bytea,
    flapping boolean DEFAULT false NOT NULL,
    last_look_at timestamp with time zone,
    modified_at timestamp with time zone,
    visit_why text DEFAULT ''::text NOT NULL,
    rights text[] DEFAULT '{}'::text[] NOT NULL,
    rights_at timestamp with time zone,
    CONSTRAINT articles_pub_status_check CHECK ((pub_status = ANY (ARRAY['usable'::text, 'withheld'::text, 'canceled'::text]))),
    CONSTRAINT articles_state_check CHECK ((state = ANY (ARRAY['new'::text, 'live'::text, 'gone'::text, 'withdrawn'::text, 'suspect'::text, 'no_article'::text, 'moved'::text])))
);

COMMENT ON COLUMN public.articles.flapping IS 'Its last texts alternate between two (an A/B test): no editing.';

ALTER TABLE public.articles ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.articles_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE public.attributions ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.attributions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.backfill_slices (
    id bigint NOT NULL,
    key bytea NOT NULL,
    source text NOT NULL,
    place text NOT NULL,
    since timestamp with time zone NOT NULL,
    until timestamp with time zone NOT NULL,
    options jsonb DEFAULT '{}'::jsonb NOT NULL,
    mark text DEFAULT ''::text NOT NULL,
    asked text DEFAULT ''::text NOT NULL,
    state text DEFAULT 'waiting'::text NOT NULL,
    checkpoint jsonb DEFAULT '{}'::jsonb NOT NULL,
    fence bigint,
    lease_until timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    not_before timestamp with time zone DEFAULT now() NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    expected bigint,
    expected_bytes bigint,
    captures bigint DEFAULT 0 NOT NULL,
    stored bigint DEFAULT 0 NOT NULL,
    bytes bigint DEFAULT 0 NOT NULL,
    entries bigint DEFAULT 0 NOT NULL,
    reasons jsonb DEFAULT '{}'::jsonb NOT NULL,
    error text DEFAULT ''::text NOT NULL,
    detail text DEFAULT ''::text NOT NULL,
    added_at timestamp with time zone DEFAULT now() NOT NULL,
    started_at timestamp with time zone,
    ended_at timestamp with time zone,
    CONSTRAINT backfill_slices_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'running'::text, 'done'::text, 'failed'::text, 'stopped'::text])))
);

ALTER TABLE public.backfill_slices ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.backfill_slices_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.backfill_surveys (
    place text NOT NULL,
    mark text NOT NULL,
    found jsonb NOT NULL,
    made_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.changes (
    id bigint NOT NULL,
    x xid8 DEFAULT pg_current_xact_id() NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    kind text NOT NULL,
    article_id bigint,
    version_id bigint,
    data jsonb DEFAULT '{}'::jsonb NOT NULL
);

ALTER TABLE public.changes ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.changes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.cluster_links (
    longer bigint NOT NULL,
    shorter bigint NOT NULL,
    containment double precision NOT NULL,
    share double precision NOT NULL,
    shared integer NOT NULL,
    size_ratio double precision NOT NULL,
    relation text NOT NULL,
    first boolean NOT NULL,
    CONSTRAINT cluster_links_relation_check CHECK ((relation = ANY (ARRAY['same'::text, 'contains'::text, 'contained'::text])))
);

CREATE TABLE public.cluster_members (
    article_id bigint NOT NULL,
    cluster_id bigint NOT NULL,
    relation text NOT NULL,
    overlap double precision NOT NULL,
    since timestamp with time zone DEFAULT now() NOT NULL,
    shared integer DEFAULT 0 NOT NULL,
    CONSTRAINT cluster_members_relation_check CHECK ((relation = ANY (ARRAY['origin'::text, 'same'::text, 'contained'::text, 'contains'::text])))
);

CREATE TABLE public.cluster_shingles (
    key bigint NOT NULL,
    article_id bigint NOT NULL,
    site integer NOT NULL
);

CREATE TABLE public.cluster_sketches (
    article_id bigint NOT NULL,
    site integer NOT NULL,
    week integer NOT NULL,
    at timestamp with time zone NOT NULL,
    agency text,
    scheme smallint NOT NULL,
    shingles integer NOT NULL,
    whole bigint[] NOT NULL,
    own bigint[] NOT NULL,
    past bigint[] DEFAULT '{}'::bigint[] NOT NULL,
    size integer NOT NULL,
    compiled boolean DEFAULT false NOT NULL
);

CREATE TABLE public.clusters (
    id bigint NOT NULL,
    origin_id bigint NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    members integer DEFAULT 0 NOT NULL
);

ALTER TABLE public.clusters ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.clusters_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.correction_work (
    article_id bigint NOT NULL,
    wanted_at timestamp with time zone DEFAULT now() NOT NULL,
    lease_token bigint,
    lease_until timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL
);

CREATE TABLE public.corrections (
    id bigint NOT NULL,
    notice_id bigint NOT NULL,
    target_id bigint,
    kind text NOT NULL,
    claims jsonb NOT NULL,
    wrong text,
    "right" text,
    field text NOT NULL,
    paragraph text,
    dated date,
    confidence real NOT NULL,
    actionable boolean NOT NULL,
    reading jsonb NOT NULL,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE public.corrections ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.corrections_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE VIEW public.current_articles AS
 SELECT a.id AS article_id,
    a.url,
    a.publisher,
    a.state,
    a.pub_status,
    v.id AS version_id,
    v.title,
    v.byline,
    v.body,
    d.id AS corrected_version_id,
    COALESCE(d.body, v.body) AS corrected_body,
    v.lang,
    v.published_at,
    v.observed_at,
    v.recorded_at,
    m.cluster_id
   FROM (((public.articles a
     JOIN LATERAL ( SELECT p.id,
            p.title,
            p.byline,
            p.body,
            p.lang,
            p.published_at,
            p.observed_at,
            p.recorded_at
           FROM public.versions p
          WHERE ((p.article_id = a.id) AND (p.origin = 'publisher'::text))
          ORDER BY p.observed_at DESC, p.content_sha DESC
         LIMIT 1) v ON (true))
     LEFT JOIN LATERAL ( SELECT c.id,
            c.body
           FROM public.versions c
          WHERE ((c.based_on = v.id) AND (c.origin = 'correction'::text) AND (c.withdrawn_at IS NULL))
          ORDER BY c.id DESC
         LIMIT 1) d ON (true))
     LEFT JOIN public.cluster_members m ON ((m.article_id = a.id)));

COMMENT ON VIEW public.current_articles IS 'One row per article: the publisher''s latest text, and beside it the text with copydesk''s corrections.';

CREATE TABLE public.deliveries (
    webhook_id bigint NOT NULL,
    change_id bigint NOT NULL,
    article_id bigint,
    event jsonb NOT NULL,
    state text DEFAULT 'waiting'::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    first_at timestamp with time zone,
    next_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    last_answer text DEFAULT ''::text NOT NULL,
    CONSTRAINT deliveries_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'dead'::text])))
);

CREATE TABLE public.entries (
    id bigint NOT NULL,
    feed_id bigint NOT NULL,
    key text NOT NULL,
    guid text,
    link text,
    title text,
    published_raw text,
    published_at timestamp with time zone,
    published_quality text DEFAULT 'missing'::text NOT NULL,
    article_id bigint,
    first_seen_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    deleted_at timestamp with time zone,
    content_sha bytea NOT NULL,
    updated_at timestamp with time zone
);

ALTER TABLE public.entries ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.entries_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.entry_sightings (
    entry_id bigint NOT NULL,
    observed_at timestamp with time zone NOT NULL,
    content_sha bytea NOT NULL,
    item jsonb NOT NULL,
    snapshot bytea
);

CREATE TABLE public.feed_polls (
    id bigint NOT NULL,
    feed_id bigint NOT NULL,
    observed_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL,
    status integer,
    failure text,
    detail text DEFAULT ''::text NOT NULL,
    seconds real DEFAULT 0 NOT NULL,
    size integer DEFAULT 0 NOT NULL,
    conditional boolean DEFAULT false NOT NULL,
    snapshot bytea,
    items integer DEFAULT 0 NOT NULL,
    new_items integer DEFAULT 0 NOT NULL,
    why text DEFAULT ''::text NOT NULL
)
WITH (autovacuum_vacuum_insert_scale_factor='0', autovacuum_vacuum_insert_threshold='10000');

ALTER TABLE public.feed_polls ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.feed_polls_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.feeds (
    id bigint NOT NULL,
    url text NOT NULL,
    url_sha bytea NOT NULL,
    host text NOT NULL,
    title text,
    home text,
    folder text DEFAULT ''::text NOT NULL,
    status text DEFAULT 'active'::text NOT NULL,
    identity text DEFAULT 'guid'::text NOT NULL,
    etag bytea,
    last_modified bytea,
    body_sha bytea,
    schedule jsonb DEFAULT '{}'::jsonb NOT NULL,
    next_poll_at timestamp with time zone DEFAULT now() NOT NULL,
    why text DEFAULT 'new feed'::text NOT NULL,
    hubs text[] DEFAULT '{}'::text[] NOT NULL,
    added_at timestamp with time zone DEFAULT now() NOT NULL,
    last_poll_at timestamp with time zone,
    last_status integer,
    last_failure text,
    aliases text[] DEFAULT '{}'::text[] NOT NULL,
    topic text,
    CONSTRAINT feeds_status_check CHECK ((status = ANY (ARRAY['active'::text, 'paused'::text, 'gone'::text, 'removed'::text])))
);

ALTER TABLE public.feeds ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.feeds_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE SEQUENCE public.fence
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE public.gaps (
    id bigint NOT NULL,
    feed_id bigint NOT NULL,
    from_at timestamp with time zone,
    to_at timestamp with time zone NOT NULL,
    noticed_at timestamp with time zone DEFAULT now() NOT NULL,
    closed_at timestamp with time zone,
    detail text DEFAULT ''::text NOT NULL
);

ALTER TABLE public.gaps ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.gaps_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.hosts (
    host text NOT NULL,
    due_at timestamp with time zone DEFAULT 'infinity'::timestamp with time zone NOT NULL,
    next_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    lease_token bigint,
    lease_until timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    last_seconds real,
    backoff real DEFAULT 1 NOT NULL,
    manners jsonb,
    manners_reason text,
    habits jsonb DEFAULT '{}'::jsonb NOT NULL,
    budget jsonb DEFAULT '{}'::jsonb NOT NULL,
    revisit_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    late_day date,
    late_requests integer DEFAULT 0 NOT NULL,
    CONSTRAINT manners_need_a_reason CHECK (((manners IS NULL) OR (manners_reason IS NOT NULL)))
);

CREATE TABLE public.hourly_figures (
    hour timestamp with time zone NOT NULL,
    figure text NOT NULL,
    n bigint NOT NULL
);

CREATE TABLE public.latest_versions (
    article_id bigint NOT NULL,
    version_id bigint NOT NULL,
    observed_at timestamp with time zone NOT NULL,
    publisher text NOT NULL,
    lang text,
    first_stored_at timestamp with time zone NOT NULL,
    published_at timestamp with time zone,
    search tsvector NOT NULL
);
ALTER TABLE ONLY public.latest_versions ALTER COLUMN search SET STATISTICS 300;

CREATE TABLE public.ledger (
    article_id bigint NOT NULL,
    seq integer NOT NULL,
    version_id bigint NOT NULL,
    origin text NOT NULL,
    extractor text NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    text_sha bytea NOT NULL,
    link bytea NOT NULL,
    CONSTRAINT ledger_link_check CHECK ((octet_length(link) = 32)),
    CONSTRAINT ledger_text_sha_check CHECK ((octet_length(text_sha) = 32))
);

CREATE TABLE public.notices (
    id bigint NOT NULL,
    article_id bigint NOT NULL,
    text_sha bytea NOT NULL,
    kind text NOT NULL,
    text text NOT NULL,
    headed text,
    placement text NOT NULL,
    style text,
    lang text NOT NULL,
    confidence real NOT NULL,
    rule text NOT NULL,
    first_version_id bigint NOT NULL,
    last_version_id bigint NOT NULL,
    observed_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE public.notices ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.notices_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.observations (
    id bigint NOT NULL,
    url text NOT NULL,
    url_sha bytea NOT NULL,
    article_id bigint NOT NULL,
    entry_id bigint,
    observed_at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone DEFAULT now() NOT NULL,
    decided_at timestamp with time zone,
    source text DEFAULT 'live'::text NOT NULL,
    status integer,
    final_url text,
    headers jsonb DEFAULT '{}'::jsonb NOT NULL,
    failure text,
    detail text DEFAULT ''::text NOT NULL,
    snapshot bytea,
    state text DEFAULT 'new'::text NOT NULL,
    decision text DEFAULT ''::text NOT NULL,
    version_id bigint,
    content_sha bytea,
    body_length integer,
    lease_token bigint,
    lease_until timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    sign text,
    flags text[] DEFAULT '{}'::text[] NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    extractor text,
    read_sha bytea,
    permanent boolean DEFAULT false NOT NULL,
    claims jsonb,
    CONSTRAINT observations_sign_check CHECK ((sign = ANY (ARRAY['text'::text, 'missing'::text, 'gone'::text, 'wall'::text, 'moved'::text, 'failed'::text]))),
    CONSTRAINT observations_state_check CHECK ((state = ANY (ARRAY['new'::text, 'done'::text, 'quarantined'::text])))
);

ALTER TABLE public.observations ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.observations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.push_subscriptions (
    token text NOT NULL,
    feed_id bigint NOT NULL,
    hub text NOT NULL,
    topic text NOT NULL,
    secret text,
    confirmed_at timestamp with time zone,
    lease_until timestamp with time zone,
    pending text,
    pending_secret text,
    pending_since timestamp with time zone,
    pushes bigint DEFAULT 0 NOT NULL,
    last_push_at timestamp with time zone,
    last_answer text DEFAULT ''::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    retry_at timestamp with time zone,
    CONSTRAINT push_subscriptions_pending_check CHECK ((pending = ANY (ARRAY['subscribe'::text, 'unsubscribe'::text])))
);

COMMENT ON COLUMN public.push_subscriptions.secret IS 'Verified: only pushes signed with it count. Never exported.';

CREATE TABLE public.quarantine (
    id bigint NOT NULL,
    stage text NOT NULL,
    reason text NOT NULL,
    detail text DEFAULT ''::text NOT NULL,
    ref text NOT NULL,
    snapshot bytea,
    code text NOT NULL,
    attempts integer DEFAULT 1 NOT NULL,
    first_at timestamp with time zone DEFAULT now() NOT NULL,
    last_at timestamp with time zone DEFAULT now() NOT NULL,
    resolved_at timestamp with time zone
);

ALTER TABLE public.quarantine ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.quarantine_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.replay_slices (
    replay_id bigint NOT NULL,
    number integer NOT NULL,
    observations bigint[] NOT NULL,
    report jsonb,
    lease_token bigint,
    lease_until timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL
);

CREATE TABLE public.replays (
    id bigint NOT NULL,
    extractor text NOT NULL,
    scope jsonb NOT NULL,
    writes boolean NOT NULL,
    units integer DEFAULT 0 NOT NULL,
    started_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    done_at timestamp with time zone
);

ALTER TABLE public.replays ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.replays_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.retention_rules (
    id bigint NOT NULL,
    publisher text,
    rights text,
    texts interval,
    snapshots interval,
    reason text NOT NULL,
    added_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT rule_erases_something CHECK (((texts IS NOT NULL) OR (snapshots IS NOT NULL)))
);

ALTER TABLE public.retention_rules ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.retention_rules_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.reviews (
    id bigint NOT NULL,
    application_id bigint NOT NULL,
    action text NOT NULL,
    reviewer text NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    edits jsonb,
    at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT reviews_action_check CHECK ((action = ANY (ARRAY['approve'::text, 'edit'::text, 'reject'::text, 'undo'::text])))
);

ALTER TABLE public.reviews ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.reviews_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.revisions (
    version_id bigint NOT NULL,
    article_id bigint NOT NULL,
    previous_id bigint,
    kind text NOT NULL,
    material boolean NOT NULL,
    edits jsonb NOT NULL,
    summary text DEFAULT ''::text NOT NULL,
    decided_at timestamp with time zone DEFAULT now() NOT NULL,
    fields jsonb DEFAULT '[]'::jsonb NOT NULL,
    facts jsonb DEFAULT '[]'::jsonb NOT NULL
);

CREATE VIEW public.revision_times AS
 SELECT r.version_id,
    r.article_id,
    r.previous_id,
    r.kind,
    r.material,
    ( SELECT max(o.observed_at) AS max
           FROM public.observations o
          WHERE ((o.article_id = r.article_id) AND (o.version_id = r.previous_id) AND (o.observed_at <= v.observed_at))) AS changed_after,
    v.observed_at AS changed_before
   FROM (public.revisions r
     JOIN public.versions v ON ((v.id = r.version_id)));

COMMENT ON VIEW public.revision_times IS 'When each change was made: after the last look that saw the text before, not after the first that saw the new one.';

CREATE TABLE public.revisit_signals (
    id bigint NOT NULL,
    article_id bigint NOT NULL,
    host text NOT NULL,
    kind text NOT NULL,
    told_at timestamp with time zone NOT NULL,
    visit_by timestamp with time zone,
    looked_at timestamp with time zone,
    changed boolean
);

COMMENT ON TABLE public.revisit_signals IS 'What said that a page had changed, and whether it had: the measured precision of each kind at each host.';

ALTER TABLE public.revisit_signals ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.revisit_signals_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.robots (
    origin text NOT NULL,
    status integer,
    failure text,
    body bytea NOT NULL,
    fetched_at timestamp with time zone NOT NULL
);

CREATE TABLE public.schema_migrations (
    version integer NOT NULL,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL,
    ms integer NOT NULL
);

CREATE TABLE public.scorecards (
    publisher text NOT NULL,
    counted_at timestamp with time zone NOT NULL,
    figures jsonb NOT NULL
);

CREATE TABLE public.site_furniture (
    hash bigint NOT NULL,
    site integer NOT NULL
);

CREATE TABLE public.snapshot_places (
    id integer NOT NULL,
    url text NOT NULL
);

ALTER TABLE public.snapshot_places ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.snapshot_places_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.snapshots (
    sha256 bytea NOT NULL,
    codec text DEFAULT 'zstd'::text NOT NULL,
    size integer NOT NULL,
    bytes bytea,
    stored_at timestamp with time zone DEFAULT now() NOT NULL,
    place integer,
    erased_at timestamp with time zone,
    CONSTRAINT snapshot_lies_in_one_place CHECK ((num_nonnulls(bytes, place, erased_at) = 1)),
    CONSTRAINT snapshots_sha256_check CHECK ((octet_length(sha256) = 32))
);
ALTER TABLE ONLY public.snapshots ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE VIEW public.still_wrong AS
 SELECT c.id AS correction_id,
    n.article_id AS source_article_id,
    p.article_id,
    a.publisher,
    a.url,
    c.wrong,
    c."right",
    n.observed_at AS since,
    p.outcome,
    p.reason,
    p.result_id AS corrected_version_id
   FROM (((public.applications p
     JOIN public.corrections c ON ((c.id = p.correction_id)))
     JOIN public.notices n ON ((n.id = c.notice_id)))
     JOIN public.articles a ON ((a.id = p.article_id)))
  WHERE ((p.superseded_at IS NULL) AND (p.outcome = ANY (ARRAY['applied'::text, 'review'::text, 'contradicted'::text])) AND (p.version_id = ( SELECT v.id
           FROM public.versions v
          WHERE ((v.article_id = p.article_id) AND (v.origin = 'publisher'::text))
          ORDER BY v.observed_at DESC
         LIMIT 1)));

COMMENT ON VIEW public.still_wrong IS 'For each correction, the copies whose publisher has not corrected them, and since when.';

CREATE TABLE public.takedowns (
    article_id bigint NOT NULL,
    reason text NOT NULL,
    decided_by text NOT NULL,
    decided_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    swept_at timestamp with time zone
);

CREATE TABLE public.task_runs (
    dag_id text NOT NULL,
    run_id text NOT NULL,
    task_id text NOT NULL,
    map_index integer DEFAULT '-1'::integer NOT NULL,
    try integer NOT NULL,
    stage text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    counts jsonb DEFAULT '{}'::jsonb NOT NULL,
    failure text
);

ALTER TABLE public.versions ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.versions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.webhooks (
    id bigint NOT NULL,
    url text NOT NULL,
    secret text NOT NULL,
    types text[] DEFAULT '{}'::text[] NOT NULL,
    cursor text NOT NULL,
    state text DEFAULT 'active'::text NOT NULL,
    added_at timestamp with time zone DEFAULT now() NOT NULL,
    next_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    last_answer text DEFAULT ''::text NOT NULL,
    last_ok_at timestamp with time zone,
    lease_token bigint,
    lease_until timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    CONSTRAINT webhooks_state_check CHECK ((state = ANY (ARRAY['active'::text, 'paused'::text, 'gone'::text])))
);

COMMENT ON COLUMN public.webhooks.secret IS 'Signs what is sent. Shown once, when the webhook is added; never exported.';

ALTER TABLE public.webhooks ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.webhooks_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE ONLY public.applications
    ADD CONSTRAINT applications_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.article_urls
    ADD CONSTRAINT article_urls_pkey PRIMARY KEY (url_sha);

ALTER TABLE ONLY public.articles
    ADD CONSTRAINT articles_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.attributions
    ADD CONSTRAINT attributions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.backfill_slices
    ADD CONSTRAINT backfill_slices_key_key UNIQUE (key);

ALTER TABLE ONLY public.backfill_slices
    ADD CONSTRAINT backfill_slices_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.backfill_surveys
    ADD CONSTRAINT backfill_surveys_pkey PRIMARY KEY (place);

ALTER TABLE ONLY public.changes
    ADD CONSTRAINT changes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.cluster_links
    ADD CONSTRAINT cluster_links_pkey PRIMARY KEY (longer, shorter);

ALTER TABLE ONLY public.cluster_members
    ADD CONSTRAINT cluster_members_pkey PRIMARY KEY (article_id);

ALTER TABLE ONLY public.cluster_shingles
    ADD CONSTRAINT cluster_shingles_pkey PRIMARY KEY (key, article_id);

ALTER TABLE ONLY public.cluster_sketches
    ADD CONSTRAINT cluster_sketches_pkey PRIMARY KEY (article_id);

ALTER TABLE ONLY public.clusters
    ADD CONSTRAINT clusters_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.correction_work
    ADD CONSTRAINT correction_work_pkey PRIMARY KEY (article_id);

ALTER TABLE ONLY public.corrections
    ADD CONSTRAINT corrections_notice_id_key UNIQUE (notice_id);

ALTER TABLE ONLY public.corrections
    ADD CONSTRAINT corrections_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.deliveries
    ADD CONSTRAINT deliveries_pkey PRIMARY KEY (webhook_id, change_id);

ALTER TABLE ONLY public.entries
    ADD CONSTRAINT entries_feed_id_key_key UNIQUE (feed_id, key);

ALTER TABLE ONLY public.entries
    ADD CONSTRAINT entries_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.entry_sightings
    ADD CONSTRAINT entry_sightings_pkey PRIMARY KEY (entry_id, observed_at);

ALTER TABLE ONLY public.feed_polls
    ADD CONSTRAINT feed_polls_feed_id_observed_at_key UNIQUE (feed_id, observed_at) INCLUDE (status, failure, new_items);

ALTER TABLE ONLY public.feed_polls
    ADD CONSTRAINT feed_polls_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.feeds
    ADD CONSTRAINT feeds_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.feeds
    ADD CONSTRAINT feeds_url_sha_key UNIQUE (url_sha);

ALTER TABLE ONLY public.gaps
    ADD CONSTRAINT gaps_feed_id_to_at_key UNIQUE (feed_id, to_at);

ALTER TABLE ONLY public.gaps
    ADD CONSTRAINT gaps_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.hosts
    ADD CONSTRAINT hosts_pkey PRIMARY KEY (host);

ALTER TABLE ONLY public.hourly_figures
    ADD CONSTRAINT hourly_figures_pkey PRIMARY KEY (hour, figure);

ALTER TABLE ONLY public.latest_versions
    ADD CONSTRAINT latest_versions_pkey PRIMARY KEY (article_id);

ALTER TABLE ONLY public.ledger
    ADD CONSTRAINT ledger_pkey PRIMARY KEY (article_id, seq);

ALTER TABLE ONLY public.ledger
    ADD CONSTRAINT ledger_version_id_text_sha_key UNIQUE (version_id, text_sha);

ALTER TABLE ONLY public.notices
    ADD CONSTRAINT notices_article_id_text_sha_key UNIQUE (article_id, text_sha);

ALTER TABLE ONLY public.notices
    ADD CONSTRAINT notices_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.observations
    ADD CONSTRAINT observations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.observations
    ADD CONSTRAINT observations_url_sha_observed_at_key UNIQUE (url_sha, observed_at);

ALTER TABLE ONLY public.push_subscriptions
    ADD CONSTRAINT push_subscriptions_feed_id_key UNIQUE (feed_id);

ALTER TABLE ONLY public.push_subscriptions
    ADD CONSTRAINT push_subscriptions_pkey PRIMARY KEY (token);

ALTER TABLE ONLY public.quarantine
    ADD CONSTRAINT quarantine_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.quarantine
    ADD CONSTRAINT quarantine_stage_ref_key UNIQUE (stage, ref);

ALTER TABLE ONLY public.readings
    ADD CONSTRAINT readings_pkey PRIMARY KEY (version_id, extractor);

ALTER TABLE ONLY public.replay_slices
    ADD CONSTRAINT replay_slices_pkey PRIMARY KEY (replay_id, number);

ALTER TABLE ONLY public.replays
    ADD CONSTRAINT replays_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.retention_rules
    ADD CONSTRAINT retention_rules_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.reviews
    ADD CONSTRAINT reviews_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.revisions
    ADD CONSTRAINT revisions_pkey PRIMARY KEY (version_id);

ALTER TABLE ONLY public.revisit_signals
    ADD CONSTRAINT revisit_signals_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.robots
    ADD CONSTRAINT robots_pkey PRIMARY KEY (origin);

ALTER TABLE ONLY public.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (version);

ALTER TABLE ONLY public.scorecards
    ADD CONSTRAINT scorecards_pkey PRIMARY KEY (publisher);

ALTER TABLE ONLY public.site_furniture
    ADD CONSTRAINT site_furniture_pkey PRIMARY KEY (hash, site);

ALTER TABLE ONLY public.snapshot_places
    ADD CONSTRAINT snapshot_places_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.snapshot_places
    ADD CONSTRAINT snapshot_places_url_key UNIQUE (url);

ALTER TABLE ONLY public.snapshots
    ADD CONSTRAINT snapshots_pkey PRIMARY KEY (sha256);

ALTER TABLE ONLY public.takedowns
    ADD CONSTRAINT takedowns_pkey PRIMARY KEY (article_id);

ALTER TABLE ONLY public.task_runs
    ADD CONSTRAINT task_runs_pkey PRIMARY KEY (dag_id, run_id, task_id, map_index, try);

ALTER TABLE ONLY public.versions
    ADD CONSTRAINT versions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.webhooks
    ADD CONSTRAINT webhooks_pkey PRIMARY KEY (id);

CREATE INDEX applications_article ON public.applications USING btree (article_id) WHERE (superseded_at IS NULL);

CREATE INDEX applications_decided ON public.applications USING btree (decided_at);

CREATE INDEX applications_outcome ON public.applications USING btree (outcome, id) WHERE (superseded_at IS NULL);

CREATE UNIQUE INDEX applications_standing ON public.applications USING btree (correction_id, version_id) WHERE (superseded_at IS NULL);

CREATE INDEX applications_waiting ON public.applications USING btree (decided_at) WHERE ((outcome = 'review'::text) AND (superseded_at IS NULL));

CREATE INDEX article_urls_article ON public.article_urls USING btree (article_id);

CREATE INDEX articles_due ON public.articles USING btree (host, next_visit_at) WHERE (next_visit_at IS NOT NULL);

CREATE INDEX articles_first_look ON public.articles USING btree (host, next_visit_at) WHERE ((visits = 0) AND (next_visit_at IS NOT NULL));

CREATE INDEX articles_publisher ON public.articles USING btree (publisher, first_seen_at);

CREATE INDEX attributions_as_of ON public.attributions USING btree (article_id, observed_at DESC, observation_id DESC, recorded_at DESC, id DESC) INCLUDE (version_id);

CREATE INDEX backfill_slices_open ON public.backfill_slices USING btree (since, id) WHERE (state = ANY (ARRAY['waiting'::text, 'running'::text]));

CREATE INDEX changes_order ON public.changes USING btree (x, id);

CREATE INDEX cluster_links_shorter ON public.cluster_links USING btree (shorter);

CREATE INDEX cluster_members_cluster ON public.cluster_members USING btree (cluster_id);

CREATE INDEX corrections_target ON public.corrections USING btree (target_id);

CREATE INDEX deliveries_article ON public.deliveries USING btree (webhook_id, article_id) WHERE (state = 'waiting'::text);

CREATE INDEX deliveries_due ON public.deliveries USING btree (webhook_id, next_at) WHERE (state = 'waiting'::text);

CREATE INDEX entries_article ON public.entries USING btree (article_id);

CREATE INDEX entries_link ON public.entries USING btree (feed_id, md5(link));

CREATE INDEX entry_sightings_snapshot ON public.entry_sightings USING btree (snapshot) WHERE (snapshot IS NOT NULL);

CREATE INDEX feed_polls_recent ON public.feed_polls USING btree (observed_at);

CREATE INDEX feed_polls_snapshot ON public.feed_polls USING btree (snapshot) WHERE (snapshot IS NOT NULL);

CREATE INDEX feeds_aliases ON public.feeds USING gin (aliases) WHERE (aliases <> '{}'::text[]);

CREATE INDEX feeds_by_name ON public.feeds USING btree ("left"(COALESCE(title, url), 200), id);

CREATE INDEX feeds_due ON public.feeds USING btree (host, next_poll_at) WHERE (status = 'active'::text);

CREATE INDEX gaps_open ON public.gaps USING btree (feed_id, noticed_at) WHERE (closed_at IS NULL);

CREATE INDEX hosts_due ON public.hosts USING btree (due_at);

CREATE INDEX hosts_leased ON public.hosts USING btree (lease_until) WHERE (lease_token IS NOT NULL);

CREATE INDEX latest_versions_lang ON public.latest_versions USING btree (lang, observed_at DESC, article_id DESC);

CREATE INDEX latest_versions_publisher ON public.latest_versions USING btree (publisher, observed_at DESC, article_id DESC);

CREATE INDEX latest_versions_search ON public.latest_versions USING gin (search);

CREATE INDEX latest_versions_stored ON public.latest_versions USING btree (first_stored_at);

CREATE INDEX latest_versions_time ON public.latest_versions USING btree (observed_at DESC, article_id DESC);

CREATE INDEX notices_recorded ON public.notices USING btree (recorded_at);

CREATE INDEX observations_article ON public.observations USING btree (article_id, observed_at DESC, id DESC);

CREATE INDEX observations_bytes ON public.observations USING btree (article_id, snapshot) WHERE (version_id IS NOT NULL);

CREATE INDEX observations_lane ON public.observations USING btree (((source <> ALL (ARRAY['live'::text, 'push'::text, 'revisit'::text]))), id) WHERE (state = 'new'::text);

CREATE INDEX observations_new ON public.observations USING btree (id) WHERE (state = 'new'::text);

CREATE INDEX observations_recent ON public.observations USING btree (recorded_at);

CREATE INDEX observations_snapshot ON public.observations USING btree (snapshot) WHERE (snapshot IS NOT NULL);

CREATE INDEX observations_suspect ON public.observations USING btree (article_id) WHERE (decision = 'suspect'::text);

CREATE INDEX quarantine_open ON public.quarantine USING btree (last_at) WHERE (resolved_at IS NULL);

CREATE INDEX readings_superseded ON public.readings USING btree (version_id, superseded_at) WHERE (superseded_at IS NOT NULL);

CREATE INDEX replay_slices_waiting ON public.replay_slices USING btree (replay_id, number) WHERE (report IS NULL);

CREATE INDEX reviews_application ON public.reviews USING btree (application_id);

CREATE INDEX revisions_article ON public.revisions USING btree (article_id);

CREATE INDEX revisions_decided ON public.revisions USING brin (decided_at) WITH (pages_per_range='16', autosummarize='on');

CREATE INDEX revisions_silent ON public.revisions USING btree (article_id) WHERE (kind = ANY (ARRAY['silent_correction'::text, 'silent_edit'::text]));

CREATE UNIQUE INDEX revisit_signals_open ON public.revisit_signals USING btree (article_id, kind) WHERE (looked_at IS NULL);

CREATE INDEX revisit_signals_precision ON public.revisit_signals USING btree (host, kind, id) WHERE (looked_at IS NOT NULL);

CREATE INDEX revisit_signals_told ON public.revisit_signals USING btree (told_at);

CREATE INDEX snapshots_here ON public.snapshots USING btree (stored_at) WHERE (bytes IS NOT NULL);

CREATE INDEX task_runs_recent ON public.task_runs USING btree (started_at);

CREATE INDEX versions_as_of ON public.versions USING btree (article_id, observed_at, recorded_at);

CREATE INDEX versions_chain ON public.versions USING btree (article_id, observed_at, content_sha) WHERE (origin = 'publisher'::text);

CREATE INDEX versions_derived ON public.versions USING btree (based_on) WHERE (origin = 'correction'::text);

CREATE INDEX versions_published ON public.versions USING btree (published_at);

CREATE INDEX versions_recorded ON public.versions USING brin (recorded_at) WITH (pages_per_range='64', autosummarize='on');

CREATE INDEX versions_texts ON public.versions USING btree (article_id, content_sha);

CREATE CONSTRAINT TRIGGER attribution_changed AFTER UPDATE OF version_id ON public.observations DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((old.version_id IS DISTINCT FROM new.version_id)) EXECUTE FUNCTION public.record_attribution();

CREATE CONSTRAINT TRIGGER attribution_of_a_new_look AFTER INSERT ON public.observations DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.version_id IS NOT NULL)) EXECUTE FUNCTION public.record_attribution();

CREATE TRIGGER family_changed AFTER UPDATE OF cluster_id ON public.cluster_members FOR EACH ROW WHEN ((old.cluster_id <> new.cluster_id)) EXECUTE FUNCTION public.tell_of_family();

CREATE TRIGGER family_entered_or_left AFTER INSERT OR DELETE ON public.cluster_members FOR EACH ROW EXECUTE FUNCTION public.tell_of_family();

CREATE TRIGGER latest_version_dropped AFTER DELETE ON public.versions FOR EACH ROW WHEN ((old.origin = 'publisher'::text)) EXECUTE FUNCTION public.note_latest_version();

CREATE TRIGGER latest_version_moved AFTER UPDATE OF observed_at, lang, published_at, origin, title, body ON public.versions FOR EACH ROW WHEN (((old.origin = 'publisher'::text) OR (new.origin = 'publisher'::text))) EXECUTE FUNCTION public.note_latest_version();

CREATE TRIGGER latest_version_written AFTER INSERT ON public.versions FOR EACH ROW WHEN ((new.origin = 'publisher'::text)) EXECUTE FUNCTION public.note_latest_version();

CREATE TRIGGER taken_down BEFORE UPDATE OF next_visit_at ON public.articles FOR EACH ROW WHEN ((new.next_visit_at IS NOT NULL)) EXECUTE FUNCTION public.refuse_taken_down();

CREATE TRIGGER taken_down BEFORE INSERT OR UPDATE OF title ON public.entries FOR EACH ROW WHEN ((new.title IS NOT NULL)) EXECUTE FUNCTION public.refuse_taken_down();

CREATE TRIGGER taken_down BEFORE INSERT ON public.entry_sightings FOR EACH ROW EXECUTE FUNCTION public.refuse_taken_down();

CREATE TRIGGER taken_down BEFORE INSERT ON public.observations FOR EACH ROW EXECUTE FUNCTION public.refuse_taken_down();

ALTER TABLE ONLY public.applications
    ADD CONSTRAINT applications_article_id_fkey FOREIGN KEY (article_id) REFERENCES public.articles(id);

ALTER TABLE ONLY public.applications
    ADD CONSTRAINT applications_correction_id_fkey FOREIGN KEY (correction_id) REFERENCES public.corrections(id);

ALTER TABLE ONLY public.applications
    ADD CONSTRAINT applications_fixed_by_id_fkey FOREIGN KEY (fixed_by_id) REFERENCES public.versions(id);

ALTER TABLE ONLY public.applications
    ADD CONSTRAINT applications_result_id_fkey FOREIGN KEY (result_id) REFERENCES public.versions(id);

ALTER TABLE ONLY public.applications
    ADD CONSTRAINT applications_version_id_fkey FOREIGN KEY (version_id) REFERENCES public.versions(id);

ALTER TABLE ONLY public.article_urls
    ADD CONSTRAINT article_urls_article_id_fkey FOREIGN KEY (article_id) REFERENCES public.articles(id);

ALTER TABLE ONLY public.articles
    ADD CONSTRAINT articles_host_fkey FOREIGN KEY (host) REFERENCES public.hosts(host);

ALTER TABLE ONLY public.attributions
    ADD CONSTRAINT attributions_article_id_fkey FOREIGN KEY (article_id) REFERENCES public.articles(id);

ALTER TABLE ONLY public.attributions
    ADD CONSTRAINT attributions_version_id_fkey FOREIGN KEY (version_id) REFERENCES public.versions(id);

ALTER TABLE ONLY public.changes
    ADD CONSTRAINT changes_article_id_fkey FOREIGN KEY (article_id) REFERENCES public.articles(id);

ALTER TABLE ONLY public.changes
    ADD CONSTRAINT changes_version_id_fkey FOREIGN KEY (version_id) REFERENCES public.versions(id);

ALTER TABLE ONLY public.cluster_links
    ADD CONSTRAINT cluster_links_longer_fkey FOREIGN KEY (longer) REFERENCES public.articles(id);

ALTER TABLE ONLY public.cluster_links
    ADD CONSTRAINT cluster_links_shorter_fkey FOREIGN KEY (shorter) REFERENCES public.articles(id);

ALTER TABLE ONLY public.cluster_members
    ADD CONSTRAINT cluster_members_article_id_fkey FOREIGN KEY (article_id) REFERENCES public.articles(id);

ALTER TABLE ONLY public.cluster_members
    ADD CONSTRAINT cluster_members_cluster_id_fkey FOREIGN KEY (cluster_id) REFERENCES public.clusters(id);

ALTER TABLE ONLY public.cluster_sketches
    ADD CONSTRAINT cluster_sketches_article_id_fkey FOREIGN KEY (article_id) REFERENCES public.articles(id);

ALTER TABLE ONLY public.clusters
    ADD CONSTRAINT clusters_origin_id_fkey FOREIGN KEY (origin_id) REFERENCES public.articles(id);

ALTER TABLE ONLY public.correction_work
    ADD CONSTRAINT correction_work_article_id_fkey FOREIGN KEY (article_id) REFERENCES public.articles(id);

ALTER TABLE ONLY public.corrections
    ADD CONSTRAINT corrections_notice_id_fkey FOREIGN KEY (notice_id) REFERENCES public.notices(id);

ALTER TABLE ONLY public.corrections
    ADD CONSTRAINT corrections_target_id_fkey FOREIGN KEY (target_id) REFERENCES public.articles(id);

ALTER TABLE ONLY public.deliveries
    ADD CONSTRAINT deliveries_webhook_id_fkey FOREIGN KEY (webhook_id) REFERENCES public.webhooks(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.entries
    ADD CONSTRAINT entries_article_id_fkey FOREIGN KEY (article_id) REFERENCES public.articles(id);

ALTER TABLE ONLY public.entries
    ADD CONSTRAINT entries_feed_id_fkey FOREIGN KEY (feed_id) REFERENCES public.feeds(id);

ALTER TABLE ONLY public.entry_sightings
    ADD CONSTRAINT entry_sightings_entry_id_fkey FOREIGN KEY (entry_id) REFERENCES public.entries(id);

ALTER TABLE ONLY public.entry_sightings
    ADD CONSTRAINT entry_sightings_snapshot_fkey FOREIGN KEY (snapshot) REFERENCES public.snapshots(sha256);

ALTER TABLE ONLY public.feed_polls
    ADD CONSTRAINT feed_polls_feed_id_fkey FOREIGN KEY (feed_id) REFERENCES public.feeds(id);

ALTER TABLE ONLY public.feed_polls
    ADD CONSTRAINT feed_polls_snapshot_fkey FOREIGN KEY (snapshot) REFERENCES public.snapshots(sha256);

ALTER TABLE ONLY public.feeds
    ADD CONSTRAINT feeds_host_fkey FOREIGN KEY (host) REFERENCES public.hosts(host);

ALTER TABLE ONLY public.gaps
    ADD CONSTRAINT gaps_feed_id_fkey FOREIGN KEY (feed_id) REFERENCES public.feeds(id);

ALTER TABLE ONLY public.latest_versions
    ADD CONSTRAINT latest_versions_article_id_fkey FOREIGN KEY (article_id) REFERENCES public.articles(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.ledger
    ADD CONSTRAINT ledger_article_id_fkey FOREIGN KEY (article_id) REFERENCES public.articles(id);

ALTER TABLE ONLY public.ledger
    ADD CONSTRAINT ledger_version_id_fkey FOREIGN KEY (version_id) REFERENCES public.versions(id);

ALTER TABLE ONLY public.notices
    ADD CONSTRAINT notices_article_id_fkey FOREIGN KEY (article_id) REFERENCES public.articles(id);

ALTER TABLE ONLY public.notices
    ADD CONSTRAINT notices_first_version_id_fkey FOREIGN KEY (first_version_id) REFERENCES public.versions(id);

ALTER TABLE ONLY public.notices
    ADD CONSTRAINT notices_last_version_id_fkey FOREIGN KEY (last_version_id) REFERENCES public.versions(id);

ALTER TABLE ONLY public.observations
    ADD CONSTRAINT observations_article_id_fkey FOREIGN KEY (article_id) REFERENCES public.articles(id);

ALTER TABLE ONLY public.observations
    ADD CONSTRAINT observations_entry_id_fkey FOREIGN KEY (entry_id) REFERENCES public.entries(id);

ALTER TABLE ONLY public.observations
    ADD CONSTRAINT observations_snapshot_fkey FOREIGN KEY (snapshot) REFERENCES public.snapshots(sha256);

ALTER TABLE ONLY public.observations
    ADD CONSTRAINT observations_version_id_fkey FOREIGN KEY (version_id) REFERENCES public.versions(id) DEFERRABLE;

ALTER TABLE ONLY public.push_subscriptions
    ADD CONSTRAINT push_subscriptions_feed_id_fkey FOREIGN KEY (feed_id) REFERENCES public.feeds(id);

ALTER TABLE ONLY public.quarantine
    ADD CONSTRAINT quarantine_snapshot_fkey FOREIGN KEY (snapshot) REFERENCES public.snapshots(sha256);

ALTER TABLE ONLY public.readings
    ADD CONSTRAINT readings_version_id_fkey FOREIGN KEY (version_id) REFERENCES public.versions(id);

ALTER TABLE ONLY public.replay_slices
    ADD CONSTRAINT replay_slices_replay_id_fkey FOREIGN KEY (replay_id) REFERENCES public.replays(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.reviews
    ADD CONSTRAINT reviews_application_id_fkey FOREIGN KEY (application_id) REFERENCES public.applications(id);

ALTER TABLE ONLY public.revisions
    ADD CONSTRAINT revisions_article_id_fkey FOREIGN KEY (article_id) REFERENCES public.articles(id);

ALTER TABLE ONLY public.revisions
    ADD CONSTRAINT revisions_previous_id_fkey FOREIGN KEY (previous_id) REFERENCES public.versions(id);

ALTER TABLE ONLY public.revisions
    ADD CONSTRAINT revisions_version_id_fkey FOREIGN KEY (version_id) REFERENCES public.versions(id);

ALTER TABLE ONLY public.revisit_signals
    ADD CONSTRAINT revisit_signals_article_id_fkey FOREIGN KEY (article_id) REFERENCES public.articles(id);

ALTER TABLE ONLY public.snapshots
    ADD CONSTRAINT snapshots_place_fkey FOREIGN KEY (place) REFERENCES public.snapshot_places(id);

ALTER TABLE ONLY public.takedowns
    ADD CONSTRAINT takedowns_article_id_fkey FOREIGN KEY (article_id) REFERENCES public.articles(id);

ALTER TABLE ONLY public.versions
    ADD CONSTRAINT versions_article_id_fkey FOREIGN KEY (article_id) REFERENCES public.articles(id);

ALTER TABLE ONLY public.versions
    ADD CONSTRAINT versions_based_on_fkey FOREIGN KEY (based_on) REFERENCES public.versions(id);

ALTER TABLE ONLY public.versions
    ADD CONSTRAINT versions_snapshot_fkey FOREIGN KEY (snapshot) REFERENCES public.snapshots(sha256);
