-- A span as Parquet
--
-- Writes each version once, by day, into an empty place of yours, for engines that read many small
-- files slowly.  The archive stays the truth: this can be made anew at any time.  Who may only read
-- (ReadArchivePolicy) cannot run it.
-- Scans: the days from :since to :until.
UNLOAD (
  SELECT DISTINCT *
  FROM mpl_versions
  WHERE dt BETWEEN CAST(CAST(:since AS date) AS varchar) AND CAST(CAST(:until AS date) AS varchar)
)
TO :to
WITH (format = 'PARQUET', compression = 'ZSTD', partitioned_by = ARRAY['tenant', 'dt'])
