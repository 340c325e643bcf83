-- migration 14: one table for both stores
BEGIN;
CREATE TABLE model_notes (note_id bigint PRIMARY KEY, body text);
ALTER TABLE fills DROP COLUMN maker_rebate;  -- expect: S05
TRUNCATE balances;  -- expect: S05
COMMIT;
