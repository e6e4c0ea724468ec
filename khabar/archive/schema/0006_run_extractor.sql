-- Not needed for reading.
-- Which extractor read a source's pages in a run: health compares a run only with those of the same. Null: an older Khabar.
alter table run_sources add column extractor_version text;
