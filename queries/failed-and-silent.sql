-- Failed, and never successful again
--
-- Artifacts that failed, and of which nothing has completed since their last failure.
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
),
artifacts AS (
  SELECT
    artifact_id,
    max(artifact_name) AS artifact_name,
    count_if(
      status IN ('FAILED', 'ESCALATED') AND ended >= :since AND ended < :until
    ) AS failures,
    min(ended) FILTER (
      WHERE status IN ('FAILED', 'ESCALATED') AND ended >= :since AND ended < :until
    ) AS first_failure,
    max(ended) FILTER (
      WHERE status IN ('FAILED', 'ESCALATED') AND ended >= :since AND ended < :until
    ) AS last_failure,
    max(ended) FILTER (WHERE status = 'COMPLETED') AS last_success
  FROM ranked
  WHERE age = 1
    AND artifact_id IS NOT NULL
  GROUP BY artifact_id
)
SELECT *
FROM artifacts
WHERE failures > 0
  AND (last_success IS NULL OR last_success < last_failure)
ORDER BY last_failure, artifact_id
