-- Which account a system asks for where a procedure is handed in (A13): phone | verified | high. Lists are read again within an hour.
ALTER TABLE system_procedure ADD COLUMN account TEXT NOT NULL DEFAULT 'phone';
