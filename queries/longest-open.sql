-- Longest open
--
-- Messages whose last state is none that is final, the oldest first.  Where the tenant shows no
-- start, the day of creation stands in for it.  Choose :since as far back as a message may be open.
-- Scans: the days from :since to 35 days after :until, and rows that tell no time.
WITH ranked AS (
  SELECT
    *,
    row_number() OVER (
      PARTITION BY coalesce(message_guid, version)
      ORDER BY ended DESC NULLS LAST, read_at DESC NULLS LAST, version DESC
    ) AS age
  FROM mpl_versions
  WHERE dt = 'undated'
    OR dt BETWEEN CAST(CAST(:since AS date) AS varchar)
      AND CAST(CAST(:until + INTERVAL '35' DAY AS date) AS varchar)
)
SELECT
  coalesce(started, TRY(CAST(dt AS timestamp))) AS open_since,
  status,
  ended AS last_updated,
  read_at AS last_seen,
  artifact_id,
  artifact_name,
  sender,
  receiver,
  message_guid,
  link
FROM ranked
WHERE age = 1
  AND status IN ('PROCESSING', 'RETRY', 'ABANDONED')
ORDER BY open_since NULLS FIRST, message_guid
LIMIT 1000
