-- Not needed for reading.
-- Models that make vectors of articles (khabar/archive/vectors). encoder: `learned` from this archive, or the folder of
-- another encoder. articles: it was learned from so many; words: it knows so many, as numbers in its body. version: of
-- folding and of the method. The last one is in use.
create table vector_models (
  id integer primary key,
  encoder text not null,
  made_at text not null,
  built_at text,
  dimensions integer not null,
  articles integer not null,
  words integer not null,
  version text not null,
  body blob not null
) strict;

-- The vector of an article's revision, one bit a dimension; null: it has no word that the model knows.
create table vectors (
  article_id integer primary key references articles (id) on delete cascade,
  model_id integer not null references vector_models (id),
  revision integer not null,
  bits blob
) strict;
