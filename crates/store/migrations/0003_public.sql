-- What everybody sees of all reports: the live map, the figures, and telling people who watch a place (R10, R13).

-- The pictures in memory read what changed since they last looked; see `reports/live.rs`.
CREATE INDEX report_changed ON report (updated_at);

-- The figures of the public dashboard, kept by the transaction of each act; see `reports/tally.rs`. A row that is no longer
-- needed stays with zeros, because the picture in memory reads changed rows only.
CREATE TABLE report_tally (
    month INTEGER NOT NULL,         -- of sending, in Vietnam: 202603
    unit TEXT NOT NULL,
    category TEXT NOT NULL,
    received BIGINT NOT NULL,
    resolved BIGINT NOT NULL,
    on_time BIGINT NOT NULL,        -- of the resolved
    late BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    withdrawn BIGINT NOT NULL,
    minutes BIGINT NOT NULL,        -- from sending to the result, summed over the resolved
    rated BIGINT NOT NULL,
    stars BIGINT NOT NULL,          -- summed over the rated
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (month, unit, category)
);
CREATE INDEX report_tally_changed ON report_tally (updated_at);

-- «Báo cho tôi khi có phản ánh quanh đây»: a circle around a point, or a commune.
CREATE TABLE watch (
    id UUID PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account (id),
    commune TEXT,                   -- NULL: a circle
    lat DOUBLE PRECISION,
    lon DOUBLE PRECISION,
    radius INTEGER,                 -- metres
    category TEXT,                  -- NULL: all
    created_at BIGINT NOT NULL
);
CREATE INDEX watch_account ON watch (account_id, created_at);
CREATE INDEX watch_commune ON watch (commune);
CREATE INDEX watch_lat ON watch (lat);

-- Who was told of which report, or would have been on a day with too many: nobody is told twice.
CREATE TABLE watch_told (
    account_id UUID NOT NULL,
    report_id UUID NOT NULL,
    at BIGINT NOT NULL,
    told BOOLEAN NOT NULL,
    PRIMARY KEY (account_id, report_id)
);
CREATE INDEX watch_told_at ON watch_told (account_id, at);
