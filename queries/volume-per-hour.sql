-- Volume per hour
--
-- Messages by the hour of their end, and how many of them failed.
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
  date_trunc('hour', ended) AS hour,
  count(*) AS messages,
  count_if(status = 'COMPLETED') AS completed,
  count_if(status IN ('FAILED', 'ESCALATED')) AS failed,
  count(DISTINCT artifact_id) AS artifacts
FROM ranked
WHERE age = 1
  AND ended >= :since
  AND ended < :until
GROUP BY 1
ORDER BY hour
