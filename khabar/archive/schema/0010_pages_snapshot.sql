-- Not needed for reading.
-- For each raw page that a takedown or a seal deletes, SQLite looks for the URL row that refers to it.
create index pages_snapshot on pages (snapshot_id) where snapshot_id is not null;
