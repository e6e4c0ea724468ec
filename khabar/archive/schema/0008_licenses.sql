-- Not needed for reading.
-- Each distinct answer to the request for an RSL licence that a robots.txt or a page names. origin: '' for such a file;
-- for the rsl: elements of a feed (url), the site whose feed it is, and `body` is what they say. terms: what the licence
-- says (khabar/parsing/rsl.py), as JSON; null: it cannot be read.
create table licenses (
  id integer primary key,
  url text not null,
  origin text not null default '',
  status integer not null,
  body blob not null,
  terms text,
  sha256 text not null,
  first_seen text not null,
  last_asked text not null,
  unique (url, status, sha256)
) strict;
create index licenses_asked on licenses (url, last_asked);
create index licenses_origin on licenses (origin) where origin <> '';
