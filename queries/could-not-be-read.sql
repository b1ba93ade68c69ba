-- Rows that could not be read whole
--
-- What the tenant showed in another form than it documents, and what the view could not parse.
-- Scans: the days from :since to :until, and rows that tell no time.
SELECT DISTINCT
  dt,
  unparsed,
  message_guid,
  status,
  ended,
  read_at,
  raw,
  version
FROM mpl_versions
WHERE unparsed IS NOT NULL
  AND (
    dt = 'undated'
    OR dt BETWEEN CAST(CAST(:since AS date) AS varchar) AND CAST(CAST(:until AS date) AS varchar)
  )
ORDER BY dt, read_at, version
LIMIT 1000
