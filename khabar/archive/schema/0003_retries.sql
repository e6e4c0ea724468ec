-- Not needed for reading.
-- Retries. failing_since: the first answer of the page that gave no article, kept until it gives one; named_at: when a
-- feed, news sitemap or listing last named it. tries: how many answers in a row gave no article, or failed.
alter table pages add column failing_since text;
alter table pages add column named_at text;
create index pages_failing on pages (host, state) where failing_since is not null;

-- Tiers: 0 documents, 1 new pages, 2 retries of pages that gave no article, 3 revisits of articles, 4 backfills.
drop index pages_due;
alter table pages drop column tier;
alter table pages add column tier integer generated always as (case
  when kind <> 'page' then iif(backfill, 4, 0)
  when failing_since is not null and tries > 0 and article_id is null then 2
  when state = 'done' then 3 when backfill then 4 else 1 end) virtual;
create index pages_due on pages (host, tier, next_at) where next_at is not null;

-- full_at: when a document's body was last received, not only "not modified".
alter table documents add column full_at text;

-- Visits of articles whose lastmod was later than the visit before, and how many of them found an edit.
alter table sources add column lastmod_visits integer not null default 0;
alter table sources add column lastmod_finds integer not null default 0;

-- endings: how the host's last pages ended (JSON), to recognise an incident over several runs of few pages.
alter table hosts add column endings text not null default '[]';

-- Requests of the run that were retries of pages without an article.
alter table run_sources add column retries integer not null default 0;
