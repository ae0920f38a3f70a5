-- migrate:up
-- A copy is wrong once, however many of its versions were: its latest text counts.

create or replace view still_wrong as
select c.id as correction_id, n.article_id as source_article_id, p.article_id, a.publisher, a.url,
       c.wrong, c."right", n.observed_at as since, p.outcome, p.reason, p.result_id as corrected_version_id
from applications p
join corrections c on c.id = p.correction_id
join notices n on n.id = c.notice_id
join articles a on a.id = p.article_id
where p.superseded_at is null and p.outcome in ('applied', 'review', 'contradicted')
  and p.version_id = (select v.id from versions v
                      where v.article_id = p.article_id and v.origin = 'publisher'
                      order by v.observed_at desc limit 1);
