-- Failures by artifact and day
--
-- Messages whose last state is FAILED or ESCALATED, by the day on which they ended.
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
  CAST(ended AS date) AS day,
  artifact_id,
  max(artifact_name) AS artifact_name,
  count(*) AS failures,
  count_if(status = 'ESCALATED') AS escalated,
  min(ended) AS first_ended,
  max(ended) AS last_ended
FROM ranked
WHERE age = 1
  AND status IN ('FAILED', 'ESCALATED')
  AND ended >= :since
  AND ended < :until
GROUP BY 1, 2
ORDER BY day DESC, failures DESC, artifact_id
