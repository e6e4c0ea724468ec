-- Not needed for reading.
-- A file of an import is known by its content. digest: BLAKE2 of all its bytes, null for files of an older Khabar, which
-- knew them by name and size. sources: digest of the source files that its records were matched with.
create table imports_by_content (
  id integer primary key,
  digest text unique,
  file text not null,
  bytes integer not null,
  offset integer not null,
  articles integer not null default 0,
  begun_at text not null,
  finished_at text,
  sources text
) strict;
insert into imports_by_content (file, bytes, offset, articles, begun_at, finished_at)
select file, bytes, offset, articles, begun_at, finished_at from imports order by begun_at, file;
drop table imports;
alter table imports_by_content rename to imports;
