-- The text is the index's first column: of words in any other, FTS5 writes two bytes more for each article that has them.
drop table articles_fts;
create virtual table articles_fts using fts5 (
  text, title, subtitle, posts, captions, content="articles", content_rowid="id",
  tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* Co Cf'"
);
insert into articles_fts (articles_fts, rank) values ('secure-delete', 1);
insert into articles_fts (rowid, text, title, subtitle, posts, captions)
select id, hi_fold(text), hi_fold(title), hi_fold(subtitle), hi_fold(posts), hi_fold(captions) from articles;

-- What narrows a search, by id: a hundred times smaller than the articles themselves, so it stays in memory.
create index articles_facts on articles (id, source, published_on, withheld);
