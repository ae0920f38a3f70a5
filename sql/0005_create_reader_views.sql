-- migrate:up
-- The two functions of SQL users. Their names and columns are stable.

create function article_as_of(url text, seen timestamptz, known timestamptz default now())
returns table (version_id bigint, article_id bigint, title text, byline text[], body text, lang text,
               observed_at timestamptz, recorded_at timestamptz, published_at timestamptz)
language sql stable
begin atomic
    select v.id, v.article_id, v.title, v.byline, v.body, v.lang, v.observed_at, v.recorded_at, v.published_at
    from article_urls u
    join observations o on o.article_id = u.article_id
                       and o.version_id is not null
                       and o.observed_at <= article_as_of.seen
                       and o.decided_at <= article_as_of.known
    join versions v on v.id = o.version_id
    where u.url_sha = sha256(convert_to(article_as_of.url, 'UTF8'))
    order by o.observed_at desc, o.id desc
    limit 1;
end;
comment on function article_as_of(text, timestamptz, timestamptz) is
    'What a reader would have read at a URL at a time (seen), given what the archive knew at a time (known). '
    'Always the publisher''s own words; copydesk''s corrected texts are in current_articles.corrected_body.';

create view current_articles as
select a.id as article_id, a.url, a.publisher, a.state, a.pub_status, v.id as version_id, v.title, v.byline,
       v.body, d.id as corrected_version_id, coalesce(d.body, v.body) as corrected_body, v.lang,
       v.published_at, v.observed_at, v.recorded_at, m.cluster_id
from articles a
join lateral (select * from versions p
              where p.article_id = a.id and p.origin = 'publisher'
              order by p.observed_at desc limit 1) v on true
left join lateral (select * from versions c
                   where c.based_on = v.id and c.origin = 'correction' and c.withdrawn_at is null
                   order by c.id desc limit 1) d on true
left join cluster_members m on m.article_id = a.id;
comment on view current_articles is
    'One row per article: the publisher''s latest text, and beside it the text with copydesk''s corrections.';

create view still_wrong as
select c.id as correction_id, n.article_id as source_article_id, p.article_id, a.publisher, a.url,
       c.wrong, c."right", n.observed_at as since, p.outcome, p.reason, p.result_id as corrected_version_id
from applications p
join corrections c on c.id = p.correction_id
join notices n on n.id = c.notice_id
join articles a on a.id = p.article_id
where p.superseded_at is null and p.outcome in ('applied', 'review', 'contradicted');
comment on view still_wrong is 'For each correction, the copies whose publisher has not corrected them, and since when.';
