-- The first schema. Times are UTC to the second (2026-11-24T09:00:00Z) unless a page gave them: those keep their own form.

create table sources (
  key text primary key,
  name text not null,
  name_en text not null default '',
  homepage text not null default '',
  permission text not null default 'none' check (permission in ('none', 'written', 'open')),
  first_seen text not null
) strict;

-- The ledger: one row per URL ever known. What is due is what next_at says; state 'fetched' is kept but not yet read.
create table pages (
  id integer primary key,
  url text not null unique,
  source text not null references sources (key),
  host text not null,
  kind text not null check (kind in ('page', 'feed', 'sitemap', 'listing')),
  state text not null check (state in ('new', 'fetched', 'done')),
  outcome text check (state <> 'done' or outcome is not null),
  evidence text not null default '',
  tries integer not null default 0,
  next_at text,
  how text not null,
  found_on integer references pages (id),
  hint_title text,
  hint_published text,
  hint_modified text,
  first_seen text not null,
  last_asked text,
  etag text,
  last_modified text,
  snapshot_id integer references snapshots (id),
  alias_of integer references pages (id),
  article_id integer references articles (id)
) strict;
create index pages_due on pages (next_at) where next_at is not null;
create index pages_host on pages (host, next_at) where next_at is not null;
create index pages_article on pages (article_id) where article_id is not null;
create index pages_alias on pages (alias_of) where alias_of is not null;
create index pages_source on pages (source, kind, outcome);
create index pages_found_on on pages (found_on) where found_on is not null;

-- One page of each source, its prose blanked: what the source's other pages share with it need not be kept again.
create table dictionaries (
  id integer primary key,
  source text not null references sources (key),
  body blob not null,
  created_at text not null
) strict;
create index dictionaries_source on dictionaries (source);

-- A raw page as it came. Without a body it read the same as `same_as`.
create table snapshots (
  id integer primary key,
  page_id integer not null references pages (id),
  url text not null,
  fetched_at text not null,
  status integer not null,
  headers text not null,
  sha256 text not null,
  size integer not null,
  dictionary_id integer references dictionaries (id),
  body blob,
  same_as integer references snapshots (id),
  rights text not null default '{}',
  check (body is not null or same_as is not null)
) strict;
create index snapshots_page on snapshots (page_id, id);
create index snapshots_same on snapshots (same_as) where same_as is not null;

-- id: seconds first known << 20 | 20 bits of the URL's hash. Permanent and public; newest first is rowid order.
create table articles (
  id integer primary key,
  url text not null unique,
  source text not null references sources (key),
  page_type text not null check (page_type in ('article', 'liveblog', 'gallery', 'video')),
  title text,
  subtitle text,
  text text not null,
  blocks text not null,
  language text,
  published_at text,
  published_on text,
  published_precision text check (published_precision in ('second', 'minute', 'day')),
  modified_at text,
  section text,
  place text,
  desk text,
  word_count integer not null,
  text_sha256 text,
  lead_image text,
  revision integer not null default 1,
  extractor_version text not null,
  provenance text not null default '{}',
  problems text not null default '[]',
  rights text not null default '{}',
  withheld text,
  first_seen text not null,
  last_seen text not null,
  removed_at text
) strict;
create index articles_source on articles (source, id);
create index articles_day on articles (published_on, source);
create index articles_text on articles (text_sha256) where text_sha256 is not null;

-- Every reading of an article. The words of the newest stand in `articles`; those it replaced are moved here.
create table revisions (
  article_id integer not null references articles (id) on delete cascade,
  revision integer not null,
  reason text not null check (reason in ('first', 'edit', 'crawl', 're-extraction', 'import')),
  changed text not null default '[]',
  snapshot_id integer references snapshots (id),
  seen_after text,
  seen_at text not null,
  title text,
  subtitle text,
  text text,
  blocks text,
  modified_at text,
  text_sha256 text,
  extractor_version text not null,
  primary key (article_id, revision)
) strict;
create index revisions_snapshot on revisions (snapshot_id) where snapshot_id is not null;

create table authors (id integer primary key, name text not null unique) strict;
create table article_authors (
  article_id integer not null references articles (id) on delete cascade,
  ord integer not null,
  author_id integer not null references authors (id),
  primary key (article_id, ord)
) strict, without rowid;
create index article_authors_author on article_authors (author_id, article_id);

create table tags (id integer primary key, name text not null unique) strict;
create table article_tags (
  article_id integer not null references articles (id) on delete cascade,
  ord integer not null,
  tag_id integer not null references tags (id),
  primary key (article_id, ord)
) strict, without rowid;
create index article_tags_tag on article_tags (tag_id, article_id);

-- One row per post, video, chart or document in the world.
create table embeds (
  id integer primary key,
  key text not null unique,
  provider text not null,
  kind text not null,
  native_id text,
  url text,
  author_name text,
  author_handle text,
  text text,
  text_complete integer check (text_complete in (0, 1)),
  title text,
  published_at text,
  published_src text,
  media text not null default '[]',
  first_seen text not null,
  last_seen text not null
) strict;
create index embeds_account on embeds (provider, author_handle collate nocase, published_at);

-- One row per placement in one reading of one article.
create table article_embeds (
  article_id integer not null,
  revision integer not null,
  ord integer not null,
  embed_id integer not null references embeds (id),
  place text not null check (place in ('body', 'lead', 'page', 'unplaced')),
  block integer,
  rule text not null,
  via text not null,
  raw_url text,
  caption text,
  text_here text,
  html text,
  primary key (article_id, revision, ord),
  foreign key (article_id, revision) references revisions (article_id, revision) on delete cascade
) strict;
create index article_embeds_embed on article_embeds (embed_id, article_id);

create table images (
  article_id integer not null,
  revision integer not null,
  ord integer not null,
  url text not null,
  caption text,
  credit text,
  primary key (article_id, revision, ord),
  foreign key (article_id, revision) references revisions (article_id, revision) on delete cascade
) strict;

-- Search: folded words beside the original text (external content), kept in step by triggers that call hi_fold().
create virtual table articles_fts using fts5 (
  title, subtitle, text, content="articles", content_rowid="id",
  tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* Co Cf'"
);
insert into articles_fts (articles_fts, rank) values ('secure-delete', 1);
create trigger articles_fts_insert after insert on articles begin
  insert into articles_fts (rowid, title, subtitle, text)
  values (new.id, hi_fold(new.title), hi_fold(new.subtitle), hi_fold(new.text));
end;
create trigger articles_fts_delete after delete on articles begin
  insert into articles_fts (articles_fts, rowid, title, subtitle, text)
  values ('delete', old.id, hi_fold(old.title), hi_fold(old.subtitle), hi_fold(old.text));
end;
create trigger articles_fts_update after update of title, subtitle, text on articles begin
  insert into articles_fts (articles_fts, rowid, title, subtitle, text)
  values ('delete', old.id, hi_fold(old.title), hi_fold(old.subtitle), hi_fold(old.text));
  insert into articles_fts (rowid, title, subtitle, text)
  values (new.id, hi_fold(new.title), hi_fold(new.subtitle), hi_fold(new.text));
end;

-- The archive's own folded Devanagari words by their Latin spelling: `akhilesh` finds अखिलेश.
create table search_terms (term text primary key, roman text not null) strict, without rowid;
create index search_terms_roman on search_terms (roman);

-- What the archive was written with: fold_version guards the search index.
create table meta (name text primary key, value text not null) strict, without rowid;

create table runs (
  id integer primary key,
  started_at text not null,
  finished_at text,
  finish_reason text
) strict;
create table run_sources (
  run_id integer not null references runs (id) on delete cascade,
  source text not null references sources (key),
  asked integer not null default 0,
  new integer not null default 0,
  edited integer not null default 0,
  unchanged integer not null default 0,
  removed integer not null default 0,
  failed integer not null default 0,
  documents integer not null default 0,
  documents_failed integer not null default 0,
  broken text,
  primary key (run_id, source)
) strict, without rowid;

create table robots (
  id integer primary key,
  origin text not null,
  status integer not null,
  body blob not null,
  sha256 text not null,
  first_seen text not null,
  last_asked text not null,
  unique (origin, status, sha256)
) strict;
create index robots_asked on robots (origin, last_asked);

create table fetches (
  id integer primary key,
  run_id integer references runs (id),
  at text not null,
  host text not null,
  url text not null,
  status integer not null,
  bytes integer not null,
  reason text not null,
  user_agent text not null,
  robots_id integer references robots (id)
) strict;
create index fetches_at on fetches (host, at);

-- The stable face for analysts.
create view readings as
  select r.article_id, r.revision, r.reason, r.changed, r.seen_after, r.seen_at, r.snapshot_id, r.extractor_version,
    iif(r.revision = a.revision, a.title, r.title) as title,
    iif(r.revision = a.revision, a.subtitle, r.subtitle) as subtitle,
    iif(r.revision = a.revision, a.text, r.text) as text,
    iif(r.revision = a.revision, a.blocks, r.blocks) as blocks,
    iif(r.revision = a.revision, a.modified_at, r.modified_at) as modified_at,
    iif(r.revision = a.revision, a.text_sha256, r.text_sha256) as text_sha256
  from revisions r join articles a on a.id = r.article_id where a.withheld is null;

create view article_list as
  select id, published_at, published_on, source, page_type, title, section, place, language, word_count, url,
    (select group_concat(name, ', ') from (select u.name from article_authors x join authors u on u.id = x.author_id
      where x.article_id = articles.id order by x.ord)) as authors,
    (select count(*) from article_embeds e where e.article_id = articles.id and e.revision = articles.revision
      and e.place <> 'page') as embeds,
    revision as revisions, removed_at, first_seen
  from articles where withheld is null;

create view embedded as
  select a.id as article_id, a.source, a.title as headline, a.published_on, e.id as embed_id, e.provider, e.kind,
    e.author_handle, e.author_name, coalesce(x.text_here, e.text) as text, e.published_at as posted_at, e.url, x.place
  from article_embeds x join articles a on a.id = x.article_id and a.revision = x.revision
    join embeds e on e.id = x.embed_id
  where x.place <> 'page' and a.withheld is null;

create view embed_use as
  select x.embed_id, count(distinct x.article_id) as articles, count(*) as placements
  from article_embeds x join articles a on a.id = x.article_id and a.revision = x.revision
  where x.place <> 'page' group by x.embed_id;
