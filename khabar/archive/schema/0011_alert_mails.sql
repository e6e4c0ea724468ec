-- Not needed for reading.
-- When an alert was sent by e-mail; as posted_at for the alert URL.
alter table alerts add column mailed_at text;
