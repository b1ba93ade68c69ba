-- Text in errors
--
-- Failures whose error contains a text, in upper or lower case.
-- Scans: the days from :since to 35 days after :until, as a message may change that long.
WITH ranked AS (
  SELECT
    *,
    row_number() OVER (
      PARTITION BY coalesce(message_guid, version)
      ORDER BY ended DESC NULLS LAST, read_at DESC NULLS LAST, version DESC
    ) AS age
  FROM mpl_versions
  WHERE dt BETWEEN CAST(CAST(:since AS date) AS varchar)
    AND CAST(CAST(:until + INTERVAL '35' DAY AS date) AS varchar)
)
SELECT
  ended,
  status,
  artifact_id,
  artifact_name,
  error_text,
  message_guid,
  link
FROM ranked
WHERE age = 1
  AND ended >= :since
  AND ended < :until
  AND strpos(lower(error_text), lower(:text)) > 0
ORDER BY ended DESC, message_guid
LIMIT 1000
