-- Not needed for reading.
-- What narrows a search and what its facets and the front page count, by id. Without the new columns the same queries
-- read the rows of `articles`, which are kilobytes each.
drop index articles_facts;
create index articles_facts on articles
  (id, source, published_on, withheld, page_type, section, place, desk, revision, story_id);
-- The bylines there are, from one to the next.
create index articles_desk on articles (desk) where desk is not null;
-- Which articles have an embed of their own.
create index article_embeds_shown on article_embeds (article_id, revision) where place <> 'page';
