-- Not needed for reading.
-- What pages show of a post beside its words. language: of its text. alts: alternative texts of its pictures; poll: its
-- options; both JSON lists. quoted: address of the post that it quotes. thread: its position in a thread, as in 2/5.
alter table embeds add column language text;
alter table embeds add column alts text not null default '[]';
alter table embeds add column poll text not null default '[]';
alter table embeds add column quoted text;
alter table embeds add column thread text;
