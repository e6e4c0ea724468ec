-- Not needed for reading.
-- The JSON line an article was last imported from, by which an import of the same line is recognised. digest: BLAKE2 of
-- the line and of what decides how it is read (names of fields, source files, version of Khabar).
create table imported_lines (
  article_id integer primary key references articles (id) on delete cascade,
  digest blob not null
) strict;
create index imported_lines_digest on imported_lines (digest);
