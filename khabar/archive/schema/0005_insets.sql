-- Not needed for reading.
-- A machine-made inset ("AI summary") in one revision: its words are in no article's text, search index or key.
-- after_block: index of the block before it in the revision's blocks; null: before the first.
create table insets (
  article_id integer not null,
  revision integer not null,
  ord integer not null,
  label text,
  text text not null,
  after_block integer,
  primary key (article_id, revision, ord),
  foreign key (article_id, revision) references revisions (article_id, revision) on delete cascade
) strict;
