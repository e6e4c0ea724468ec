-- The first schema. Times are UTC to the second (2026-11-24T09:00:00Z) unless a page gave them: those keep their own form.

create table sources (
  key text primary key,
  name text not null,
  name_en text not null default '',
  homepage text not null default '',
  permission text not null default 'none' check (permission in ('none', 'written', 'open')),
  revisit_pace real not null default 1 check (revisit_pace > 0),
  first_seen text not null
) strict;

-- The ledger: one row per URL ever known. What is due is what next_at says; state 'fetched' is kept but not yet read.
-- tier is the order a host's debts are paid in: 0 documents, 1 new pages, 2 pages read before, 3 what a backfill found.
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
  sitemap_at text,
  backfill integer not null default 0 check (backfill in (0, 1)),
  first_seen text not null,
  last_asked text,
  etag text,
  last_modified text,
  snapshot_id integer references snapshots (id),
  alias_of integer references pages (id),
  article_id integer references articles (id),
  extractor_version text,
  tier integer not null generated always as (case
    when kind <> 'page' then iif(backfill, 3, 0) when state = 'done' then 2 when backfill then 3 else 1 end) virtual
) strict;
create index pages_due on pages (host, tier, next_at) where next_at is not null;
create index pages_fetched on pages (id) where state = 'fetched';
create index pages_article on pages (article_id) where article_id is not null;
create index pages_alias on pages (alias_of) where alias_of is not null;
create index pages_source on pages (source, kind, outcome);
create index pages_found_on on pages (found_on, first_seen) where found_on is not null;
create index pages_backfill on pages (source, state) where backfill;
create index pages_promised on pages (source, sitemap_at) where sitemap_at is not null;

-- What each feed, sitemap and listing has taught us: how often to ask, what it last brought, since when it fails.
create table documents (
  page_id integer primary key references pages (id),
  every integer not null,
  body_sha256 text,
  read_at text,
  last_new text,
  failing_since text,
  retired_at text
) strict;

-- Hosts that do not want us now: until when they rest, and how often in a row they have forbidden us.
create table hosts (
  host text primary key,
  rest_until text,
  why text not null default '',
  refusals integer not null default 0
) strict, without rowid;

-- Days of a source to be fetched from its archive sitemaps, after everything else. `why`: operator, missing.
create table backfills (
  id integer primary key,
  source text not null references sources (key),
  since text not null,
  until text not null,
  why text not null check (why in ('operator', 'missing')),
  begun_at text not null,
  finished_at text,
  unique (source, since, until),
  check (since <= until)
) strict;

-- Files of an import that goes on where it was stopped: everything before `offset` is filed.
create table imports (
  file text not null,
  bytes integer not null,
  offset integer not null,
  articles integer not null default 0,
  begun_at text not null,
  finished_at text,
  primary key (file, bytes)
) strict, without rowid;

-- A story told on several pages: the later ones. Their words stand in the first page's article; here is who they are.
create table parts (
  page_id integer primary key references pages (id),
  head_id integer not null references pages (id),
  number integer not null check (number >= 2),
  read_sha256 text,
  refused text
) strict;
create index parts_head on parts (head_id, number);

-- One page of each source, its prose blanked: what the source's other pages share with it need not be kept again.
create table dictionaries (
  id integer primary key,
  source text not null references sources (key),
  page_id integer references pages (id),
  body blob not null,
  created_at text not null
) strict;
create index dictionaries_source on dictionaries (source);

-- A raw page as it came. Without a body it read the same as `same_as`. Of a sealed one headers and body stand in
-- snapshots/<sealed>.db beside the archive. rights: the page's own word; robots_id, tdmrep_id: its site's at that time.
create table snapshots (
  id integer primary key,
  page_id integer not null references pages (id),
  url text not null,
  fetched_at text not null,
  status integer not null,
  headers text,
  sha256 text not null,
  size integer not null,
  dictionary_id integer references dictionaries (id),
  body blob,
  same_as integer references snapshots (id),
  sealed text,
  rights text not null default '{}',
  robots_id integer references robots (id),
  tdmrep_id integer references tdmreps (id),
  check (body is not null or same_as is not null or sealed is not null),
  check (headers is not null or sealed is not null)
) strict;
create index snapshots_page on snapshots (page_id, id);
create index snapshots_same on snapshots (same_as) where same_as is not null;
create index snapshots_dictionary on snapshots (dictionary_id) where dictionary_id is not null;
create index snapshots_sealed on snapshots (sealed, id) where sealed is not null;

-- id: seconds first known << 20 | 20 bits of the URL's hash. Permanent and public; newest first is rowid order.
-- astray: told of another day than the one they were first known on, so a range of days is more than a range of ids.
-- posts, captions: the words of its embedded posts and under its pictures, for search alone (embeds, images have the rest).
create table articles (
  id integer primary key,
  url text not null unique,
  source text not null references sources (key),
  page_type text not null check (page_type in ('article', 'liveblog', 'gallery', 'video')),
  title text,
  subtitle text,
  text text not null,
  posts text,
  captions text,
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
  devanagari_share real,
  repetition real,
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
  removed_at text,
  story_id integer
) strict;
create index articles_story on articles (story_id) where story_id is not null;
create index articles_source on articles (source, id);
create index articles_shown on articles (source) where withheld is null;
create index articles_day on articles (published_on, source);
create index articles_astray on articles (published_on) where published_on <> date(id >> 20, 'unixepoch', '+330 minutes');
create index articles_text on articles (text_sha256) where text_sha256 is not null;

-- Every reading of an article. The words of the newest stand in `articles`; those it replaced are moved here.
create table revisions (
  article_id integer not null references articles (id) on delete cascade,
  revision integer not null,
  reason text not null check (reason in ('first', 'edit', 'crawl', 're-extraction', 'import')),
  changed text not null default '[]',
  stealth integer not null default 0 check (stealth in (0, 1)),
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
create index revisions_later on revisions (seen_at) where revision > 1;
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
  duration integer,
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

-- Which split of a published dataset an article was given to: no later release of that name moves it.
create table export_splits (
  name text not null,
  article_id integer not null,
  split text not null check (split in ('train', 'validation', 'test')),
  primary key (name, article_id)
) strict, without rowid;

-- Which articles tell one story. A story is a connected component of pairs that are `own`: alike beyond what their
-- sources print under everything. Its id is its earliest article's; articles.story_id is null where an article is alone.
create table story_pairs (
  a integer not null references articles (id) on delete cascade,
  b integer not null references articles (id) on delete cascade,
  jaccard real not null,
  containment real not null,
  own integer not null check (own in (0, 1)),
  primary key (a, b),
  check (a < b)
) strict, without rowid;
create index story_pairs_b on story_pairs (b);

-- The index that finds pairs (hindi/shingles.py). `doc` is a short number for an article: it is written 24 times.
create table signatures (
  doc integer primary key,
  article_id integer not null unique references articles (id) on delete cascade,
  shingles integer not null,
  sketch blob not null
) strict;
create table shingle_bands (key integer not null, doc integer not null, primary key (key, doc)) strict, without rowid;
-- Long paragraphs by source, as keys: one that a source prints on three days is its furniture.
create table paragraphs (key integer not null, doc integer not null, primary key (key, doc)) strict, without rowid;

-- Search: folded words beside the original text (external content), kept in step by triggers that call hi_fold().
create virtual table articles_fts using fts5 (
  title, subtitle, text, posts, captions, content="articles", content_rowid="id",
  tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* Co Cf'"
);
insert into articles_fts (articles_fts, rank) values ('secure-delete', 1);
create trigger articles_fts_insert after insert on articles begin
  insert into articles_fts (rowid, title, subtitle, text, posts, captions)
  values (new.id, hi_fold(new.title), hi_fold(new.subtitle), hi_fold(new.text), hi_fold(new.posts),
    hi_fold(new.captions));
end;
create trigger articles_fts_delete after delete on articles begin
  insert into articles_fts (articles_fts, rowid, title, subtitle, text, posts, captions)
  values ('delete', old.id, hi_fold(old.title), hi_fold(old.subtitle), hi_fold(old.text), hi_fold(old.posts),
    hi_fold(old.captions));
end;
create trigger articles_fts_update after update of title, subtitle, text, posts, captions on articles begin
  insert into articles_fts (articles_fts, rowid, title, subtitle, text, posts, captions)
  values ('delete', old.id, hi_fold(old.title), hi_fold(old.subtitle), hi_fold(old.text), hi_fold(old.posts),
    hi_fold(old.captions));
  insert into articles_fts (rowid, title, subtitle, text, posts, captions)
  values (new.id, hi_fold(new.title), hi_fold(new.subtitle), hi_fold(new.text), hi_fold(new.posts),
    hi_fold(new.captions));
end;

-- The archive's own folded Devanagari words by their sound (akhilesh: अखिलेश) and by their consonants (lucknow: लखनऊ).
create table search_terms (term text primary key, roman text not null, skeleton text not null) strict, without rowid;
create index search_terms_roman on search_terms (roman);
create index search_terms_skeleton on search_terms (skeleton);

-- Names of one thing, parted by commas, that no rule brings together; in front of those of hindi/aliases.py.
create table aliases (names text primary key) strict, without rowid;

-- What the archive was written with: fold_version guards the search index, story_version the story index.
create table meta (name text primary key, value text not null) strict, without rowid;

create table runs (
  id integer primary key,
  started_at text not null,
  finished_at text,
  finish_reason text,
  archive_bytes integer,
  free_bytes integer
) strict;
create index runs_started on runs (started_at);
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
  bytes integer not null default 0,
  waiting integer,
  usual_words integer,
  broken text,
  faults text not null default '[]',
  broken_url text,
  broken_since text,
  primary key (run_id, source)
) strict, without rowid;
create index run_sources_source on run_sources (source, run_id);

-- Health's detail: how a run's visits ended, and how many of them had each thing a healthy page has. Ninety days of it.
create table run_outcomes (
  run_id integer not null references runs (id) on delete cascade,
  source text not null references sources (key),
  outcome text not null,
  pages integer not null,
  first_page integer not null references pages (id),
  primary key (run_id, source, outcome)
) strict, without rowid;
create table run_fields (
  run_id integer not null references runs (id) on delete cascade,
  source text not null references sources (key),
  field text not null,
  held integer not null,
  of integer not null,
  first_without integer references pages (id),
  primary key (run_id, source, field)
) strict, without rowid;

-- A change of state, told once. Without a source it is our own line's.
create table alerts (
  id integer primary key,
  run_id integer not null references runs (id),
  at text not null,
  source text references sources (key),
  state text not null check (state in ('broken', 'mended', 'outage', 'back')),
  words text not null,
  told_at text,
  posted_at text
) strict;
create index alerts_source on alerts (source, id);
create index alerts_run on alerts (run_id);
create table mutes (
  source text primary key,
  until text not null,
  reason text not null,
  muted_at text not null
) strict;

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

-- A site's /.well-known/tdmrep.json, as `robots` keeps its robots.txt.
create table tdmreps (
  id integer primary key,
  origin text not null,
  status integer not null,
  body blob not null,
  sha256 text not null,
  first_seen text not null,
  last_asked text not null,
  unique (origin, status, sha256)
) strict;
create index tdmreps_asked on tdmreps (origin, last_asked);

-- Every request. status 0: it was sent and no answer came, `error` says why.
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
  robots_id integer references robots (id),
  error text
) strict;
create index fetches_at on fetches (host, at);

-- What was asked to be forgotten: an address, or a pattern in which * stands for anything. None of it is taken up again.
-- Without finished_at a trace may be left in the files still.
create table takedowns (
  id integer primary key,
  pattern text not null unique,
  reason text not null,
  asked_by text not null,
  at text not null,
  articles integer not null default 0,
  snapshots integer not null default 0,
  finished_at text
) strict;

-- What a takedown purged, address by address; text_sha256 knows the same words under another address of the source.
create table tombstones (
  url text primary key,
  takedown_id integer not null references takedowns (id),
  source text not null references sources (key),
  article_id integer,
  published_on text,
  known_since text not null,
  text_sha256 text
) strict, without rowid;
create index tombstones_words on tombstones (source, text_sha256) where text_sha256 is not null;

-- Copies that left the archive: backups and exports, so that a takedown can name those that still have what it purged.
create table copies (
  id integer primary key,
  kind text not null check (kind in ('backup', 'export')),
  path text not null,
  at text not null,
  what text not null default '{}',
  articles integer not null
) strict;

-- What sitemaps promised of each day in India, and what became of it.
create view completeness as
  with promised as (
    select source, date(coalesce(hint_published, hint_modified),
        iif(length(coalesce(hint_published, hint_modified)) > 10, '+330 minutes', '+0 minutes')) as day,
      case when article_id is not null or (alias_of is not null
          and (select article_id from pages t where t.id = pages.alias_of) is not null) then 'held'
        when outcome is null then 'waiting' else outcome end as fate
    from pages where sitemap_at is not null and kind = 'page')
  select source, day, count(*) as expected, sum(fate = 'held') as held, sum(fate = 'waiting') as waiting,
    sum(fate in ('server-error', 'unreachable', 'forbidden', 'unreadable')) as lost,
    sum(fate not in ('held', 'waiting', 'server-error', 'unreachable', 'forbidden', 'unreadable')) as no_article
  from promised where day is not null group by source, day;

-- The documents a crawl reads, and how each is doing.
create view document_list as
  select p.source, p.kind, p.how, p.url, p.outcome, p.evidence, p.last_asked, p.next_at, d.every / 60 as every_minutes,
    d.last_new, d.failing_since, d.retired_at
  from pages p join documents d on d.page_id = p.id;

-- The stable face for analysts.
create view readings as
  select r.article_id, r.revision, r.reason, r.changed, r.stealth, r.seen_after, r.seen_at, r.snapshot_id, r.extractor_version,
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

-- Stories that more than one article tells, each under its earliest one's headline.
create view stories as
  select s.story_id as id, count(*) as articles, count(distinct s.source) as sources, f.published_on, f.title
  from articles s join articles f on f.id = s.story_id
  where s.story_id is not null and s.withheld is null group by s.story_id;

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
